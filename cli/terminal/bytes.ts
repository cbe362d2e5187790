/** An amount of bytes as a person says it, in the powers of ten that disks are sold by. */
export function bytes(amount: number): string {
  const gigabytes = amount / 1e9
  if (gigabytes >= 0.1) return `${gigabytes.toFixed(1)} GB`
  return amount >= 1e6 ? `${Math.round(amount / 1e6)} MB` : `${Math.ceil(amount / 1000)} KB`
}
