/** A day or instant as providers write them, as an ISO instant in UTC; null when it is none. Numbers are seconds since 1970. */
export function toInstant(value: unknown): string | null {
  const time = typeof value === 'number' ? value * 1000 : typeof value === 'string' ? Date.parse(value) : Number.NaN
  const latest = 8.64e15
  return Number.isFinite(time) && Math.abs(time) <= latest ? new Date(time).toISOString() : null
}
