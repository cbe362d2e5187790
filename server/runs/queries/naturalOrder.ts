/** Beyond this many digits two numbers that differ count as equally long. */
const mostDigits = 60

/**
 * A text whose order by code units is the one that a person expects of ids: `line:9` before `line:10`, upper and lower case together.
 * Each number is preceded by how many digits it has.
 */
export function naturalKey(id: string): string {
  return id.toLowerCase().replaceAll(/\d+/g, (number) => {
    const value = number.replace(/^0+(?=\d)/, '')
    return String.fromCharCode(0x30 + Math.min(value.length, mostDigits)) + value
  })
}

/** After how many comparisons others get their turn. */
const turn = 20_000

/**
 * For each text its rank, equal for equal texts. By merging, in turns: a million texts take more than a second, in which the server
 * has to answer others too.
 */
export async function rankTexts(texts: readonly string[], pause: () => Promise<void>): Promise<Uint32Array> {
  let order = Uint32Array.from(texts.keys())
  let spare = new Uint32Array(order.length)
  let compared = 0
  for (let width = 1; width < order.length; width *= 2) {
    for (let begin = 0; begin < order.length; begin += 2 * width) {
      const end = Math.min(begin + 2 * width, order.length)
      merge(texts, order, spare, { begin, middle: Math.min(begin + width, end), end })
      compared += end - begin
      if (compared < turn) continue
      compared = 0
      await pause()
    }
    const sorted = spare
    spare = order
    order = sorted
  }
  const ranks = new Uint32Array(order.length)
  let rank = 0
  for (let place = 1; place < order.length; place++) {
    if (texts[order[place] as number] !== texts[order[place - 1] as number]) rank++
    ranks[order[place] as number] = rank
  }
  return ranks
}

function merge(
  texts: readonly string[],
  from: Uint32Array,
  to: Uint32Array,
  { begin, middle, end }: { begin: number; middle: number; end: number },
): void {
  let left = begin
  let right = middle
  for (let place = begin; place < end; place++) {
    const takesRight =
      left >= middle || (right < end && (texts[from[right] as number] ?? '') < (texts[from[left] as number] ?? ''))
    to[place] = from[takesRight ? right++ : left++] as number
  }
}
