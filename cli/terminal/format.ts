/** How long ago, roughly, as a person says it. */
export function age(instant: string | null, now: Date): string {
  if (instant === null) return 'never'
  const seconds = Math.max(0, Math.round((now.getTime() - Date.parse(instant)) / 1000))
  if (seconds < 5) return 'just now'
  if (seconds < 100) return `${seconds} s ago`
  if (seconds < 100 * 60) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h ago`
  return `${Math.round(seconds / 86_400)} days ago`
}

export function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`
  if (milliseconds < 99_950) return `${(milliseconds / 1000).toFixed(1)} s`
  const seconds = Math.round(milliseconds / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
  const minutes = Math.round(seconds / 60)
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}

/** An instant as it is written where the reader lives, without the seconds. */
export function localTime(instant: string): string {
  const date = new Date(instant)
  const two = (value: number): string => String(value).padStart(2, '0')
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`
  return `${day} ${two(date.getHours())}:${two(date.getMinutes())}`
}

export function count(amount: number, one: string, many = `${one}s`): string {
  return `${amount.toLocaleString('en-US')} ${amount === 1 ? one : many}`
}

/** An amount of bytes as a person says it, in the powers of ten that disks are sold by. */
export function bytes(amount: number): string {
  const gigabytes = amount / 1e9
  if (gigabytes >= 0.1) return `${gigabytes.toFixed(1)} GB`
  return amount >= 1e6 ? `${Math.round(amount / 1e6)} MB` : `${Math.ceil(amount / 1000)} KB`
}
