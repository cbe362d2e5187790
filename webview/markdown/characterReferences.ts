const names: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }
const reference = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,6}));/gi
const lastCodePoint = 0x10ffff

/** `&lt;` as it is meant, of the names that models write; any other stays as it stands. What turns the direction of writing does, too. */
export function decodeReferences(text: string): string {
  if (!text.includes('&')) return text
  return text.replace(reference, (whole, decimal: string, hexadecimal: string, name: string) => {
    if (name !== undefined) return names[name.toLowerCase()] ?? whole
    const point = decimal === undefined ? Number.parseInt(hexadecimal, 16) : Number(decimal)
    return point <= lastCodePoint && isSeen(point) ? String.fromCodePoint(point) : whole
  })
}

function isSeen(point: number): boolean {
  return point >= 0x20 && !/[\p{C}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u.test(String.fromCodePoint(point))
}
