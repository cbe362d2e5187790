import { Column } from '../journal/column.ts'
import { SlotTable } from '../journal/slotTable.ts'

/** So many values of a text's signature: the likeness that two of them tell is within 0.05 of the true one in 95 of 100 pairs at 0.9. */
const signatureLength = 128
/** Characters of which a text's pieces are. Without words, so that languages that have no blanks are like the others. */
const shingleLength = 5
/** About 350 bytes each. Beyond, no more are kept: what is like none of these is judged itself. */
const mostKept = 200_000

const multipliers = drawn(0x9e37_79b9)
const offsets = drawn(0x85eb_ca6b)

/** Another text that is nearly the same, and how nearly: the Jaccard index of their pieces, as their signatures tell it. */
export interface NearDuplicate {
  item: number
  likeness: number
}

/**
 * Finds items whose texts are nearly the same. MinHash (Broder 1997) over pieces of 5 characters; candidates share one band of the
 * signature (locality-sensitive hashing), with as many bands as make it improbable to miss a pair at the threshold.
 */
export class NearDuplicates {
  readonly #threshold: number
  readonly #rows: number
  /** A signature's values, 16 bits of each, of the texts that are kept, one behind the other. */
  readonly #signatures = new Column((length) => new Uint16Array(length))
  readonly #items = new Column((length) => new Int32Array(length))
  readonly #bands: SlotTable[]
  #kept = 0
  #wanted: Uint16Array = new Uint16Array(signatureLength)
  #best: NearDuplicate | null = null

  /** `threshold`: 0.5 to 1. */
  constructor(threshold: number) {
    this.#threshold = threshold
    // At 0.9 a pair is missed once in 10,000 times with 16 bands of 8; below, with 32 of 4 hardly more at 0.7.
    this.#rows = threshold >= 0.85 ? 8 : 4
    this.#bands = Array.from({ length: signatureLength / this.#rows }, (_, band) => this.#tableOf(band))
  }

  /** The one that is most like it, or null; then the text is kept as the first of its kind. */
  findOrAdd(text: string, item: number): NearDuplicate | null {
    this.#wanted = signatureOf(text)
    this.#best = null
    const hashes = this.#bands.map((_, band) => this.#bandHash(this.#wanted, band * this.#rows))
    // `isWanted` looks at each candidate and takes none, so that all are seen.
    for (const [band, table] of this.#bands.entries()) table.find(hashes[band] as number)
    if (this.#best !== null) return this.#best
    if (this.#kept >= mostKept) return null
    const place = this.#kept++
    for (const [at, value] of this.#wanted.entries()) this.#signatures.set(place * signatureLength + at, value)
    this.#items.set(place, item)
    for (const [band, table] of this.#bands.entries()) table.add(hashes[band] as number, place)
    return null
  }

  #tableOf(band: number): SlotTable {
    const from = band * this.#rows
    return new SlotTable({
      hashOf: (place) => this.#bandHash(null, place * signatureLength + from),
      isWanted: (place) => {
        const likeness = this.#likenessOf(place)
        if (likeness >= this.#threshold && likeness > (this.#best?.likeness ?? 0))
          this.#best = { item: this.#items.get(place), likeness }
        return false
      },
    })
  }

  #likenessOf(place: number): number {
    let equal = 0
    for (let at = 0; at < signatureLength; at++) {
      if (this.#signatures.get(place * signatureLength + at) === this.#wanted[at]) equal++
    }
    return equal / signatureLength
  }

  /** Null: of the ones that are kept. */
  #bandHash(signature: Uint16Array | null, from: number): number {
    let hash = 0x811c_9dc5
    for (let at = from; at < from + this.#rows; at++)
      hash = mixed(hash ^ (signature ? (signature[at] as number) : this.#signatures.get(at)))
    return hash >>> 0
  }
}

/** Upper and lower case, and how many blanks there are, make no difference. */
function signatureOf(text: string): Uint16Array {
  const plain = text.normalize('NFKC').toLowerCase().replace(/\s+/g, ' ').trim()
  const least = new Uint32Array(signatureLength).fill(0xffff_ffff)
  const last = Math.max(1, plain.length - shingleLength + 1)
  const seen = new Set<number>()
  for (let from = 0; from < last; from++) {
    let hash = 0x811c_9dc5
    for (let at = from; at < from + shingleLength; at++) hash = mixed(hash ^ plain.charCodeAt(at))
    if (seen.has(hash)) continue
    seen.add(hash)
    for (let at = 0; at < signatureLength; at++) {
      const value = (Math.imul(hash, multipliers[at] as number) + (offsets[at] as number)) >>> 0
      if (value < (least[at] as number)) least[at] = value
    }
  }
  // The lower bits of the least are as good as random, those above are all small.
  return Uint16Array.from(least, (value) => mixed(value) & 0xffff)
}

/** A step of Murmur3's finish. */
function mixed(value: number): number {
  let hash = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35)
  return hash ^ (hash >>> 16)
}

/** Odd numbers, always the same. */
function drawn(seed: number): Uint32Array {
  let state = seed
  return Uint32Array.from({ length: signatureLength }, () => {
    state = (state + 0x6d2b_79f5) | 0
    return (mixed(state) | 1) >>> 0
  })
}
