/** As it is typed: `0.8`, `0,8` or `80 %`. Null: nothing is; NaN: it is no such number, or beyond 0 to 1. */
export function readShare(typed: string): number | null {
  const text = typed.trim().replace(',', '.')
  if (text === '') return null
  const [, number, percent] = /^(\d{1,3}(?:\.\d{0,6})?|\.\d{1,6})\s*(%?)$/.exec(text) ?? []
  const share = Number(number ?? Number.NaN) / (percent === '%' ? 100 : 1)
  return share >= 0 && share <= 1 ? Math.round(share * 1e6) / 1e6 : Number.NaN
}
