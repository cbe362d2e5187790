/** Beyond this many digits two numbers that differ count as equally long. */
export const longestNumber = 60

/**
 * A text whose order by code units is the one that a person expects of ids: `line:9` before `line:10`, upper and lower case together.
 * Each number is preceded by how many digits it has.
 */
export function naturalKey(id: string): string {
  return id.toLowerCase().replaceAll(/\d+/g, (number) => {
    const value = number.replace(/^0+(?=\d)/, '')
    return String.fromCharCode(0x30 + Math.min(value.length, longestNumber)) + value
  })
}
