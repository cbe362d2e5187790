import type { CategoryVerdict } from '../domain/work.ts'
import { Column } from '../journal/column.ts'
import type { ItemIndex, ItemOrigin } from '../journal/itemIndex.ts'
import { originOf } from '../journal/journalLines.ts'
import { SlotTable } from '../journal/slotTable.ts'
import { NearDuplicates } from './nearDuplicates.ts'
import { type FinalState, isFinal } from './runTally.ts'
import type { WorkItem } from './workItem.ts'

export interface SharedItemResult {
  status: FinalState
  /** Of this item, with its own id; its receipts say whose it was. */
  resultJson: string
  /** `reused` where the first one's result was taken over from an earlier run. */
  origin: ItemOrigin
  /** Null: it was not categorized. */
  category: CategoryVerdict | null
}

/** Contents that come again and again are read once. */
const mostCached = 256

interface DuplicateItemsOptions {
  /** From which likeness on a text counts as another one, 0.5 to 1; null: only the same text does. */
  nearDuplicates: number | null
  index: Pick<ItemIndex, 'state' | 'place' | 'input'>
  /** The result of an item as the journal has it. */
  read(item: number): Promise<string>
  record(work: WorkItem, result: SharedItemResult): void
  /** Nobody waits for a first one that has no result yet: it is left open, for a later reading. */
  leaves: boolean
}

/** An item whose result is that of another one. `likeness`: absent where they have the same text. */
type Follower = WorkItem & { likeness?: number }

/**
 * Items with the same text are judged once, and if it is wanted those with nearly the same. Those that come while the first one is under way wait for it without their text; those
 * that come later take its result from the journal.
 */
export class DuplicateItems {
  readonly #options: DuplicateItemsOptions
  readonly #firsts: ContentIndex
  readonly #near: NearDuplicates | null
  /** Those that wait for a first one, by its number. */
  readonly #followers = new Map<number, Follower[]>()
  readonly #cache = new Map<number, string>()
  /** Those that came after their first one was done. */
  #late: { work: Follower; first: number; state: FinalState }[] = []
  #waiting = 0

  constructor(options: DuplicateItemsOptions) {
    this.#options = options
    this.#firsts = new ContentIndex(options.index)
    this.#near = options.nearDuplicates === null ? null : new NearDuplicates(options.nearDuplicates)
  }

  /** Whether the item is the first with its content. If not, it is taken over: its result comes through `record`. */
  isFirst(work: WorkItem): boolean {
    const same = this.#firsts.find(work.inputHash)
    const near = same === -1 ? this.#near?.findOrAdd(work.text, work.item) : undefined
    if (same === -1 && !near) {
      this.#firsts.add(work.inputHash, work.item)
      return true
    }
    const first = near?.item ?? same
    if (this.#options.leaves && !isFinal(this.#options.index.state(first))) return false
    this.#waiting++
    this.#follow(first, { ...work, text: '', ...(near ? { likeness: near.likeness } : {}) })
    return false
  }

  /** The item has its result already: others with this content, which is cut to what is judged, take it from the journal. */
  know(inputHash: string, item: number, text: () => string): void {
    this.#firsts.add(inputHash, item)
    this.#near?.findOrAdd(text(), item)
  }

  /** How many wait, whether for a first one or for the journal. */
  waiting(): number {
    return this.#waiting
  }

  /** Results for those that came after their first one was done. */
  async takeFromJournal(): Promise<void> {
    const late = this.#late
    this.#late = []
    for (const { work, first, state } of late) {
      const result = sharedResult(await this.#resultOf(first), work, state)
      this.#waiting--
      this.#options.record(work, result)
    }
  }

  /** The item got its result: those that wait for it get theirs. */
  recorded(item: number, status: FinalState, resultJson: string): void {
    const followers = this.#followers.get(item)
    if (!followers) return
    this.#followers.delete(item)
    this.#waiting -= followers.length
    for (const work of followers) this.#options.record(work, sharedResult(resultJson, work, status))
  }

  /** `work` comes without its text, which has done its duty. */
  #follow(first: number, work: Follower): void {
    const state = this.#options.index.state(first)
    if (isFinal(state)) {
      this.#late.push({ work, first, state })
      return
    }
    const others = this.#followers.get(first)
    if (others) others.push(work)
    else this.#followers.set(first, [work])
  }

  async #resultOf(first: number): Promise<string> {
    const known = this.#cache.get(first)
    if (known !== undefined) return known
    const text = await this.#options.read(first)
    if (this.#cache.size >= mostCached) this.#cache.clear()
    this.#cache.set(first, text)
    return text
  }
}

interface StoredResult {
  id: string
  categories: string[] | null
  confidence: number | null
  suggested: CategoryVerdict['suggested'] | null
  inputHash?: string
  receipts: Record<string, { sharedWith?: string; likeness?: number }>
  reusedFrom?: string
}

/** Of several files, the other one's is not this one's; undefined is left out. */
function ownSource({ shown }: WorkItem): { source: string | undefined } {
  return { source: shown?.source }
}

/** What the first one shows of itself. */
const noShown = { source: undefined, preview: undefined, addressesJudge: undefined, evidence: undefined }

function sharedResult(firstJson: string, work: Follower, status: FinalState): SharedItemResult {
  const first = JSON.parse(firstJson) as StoredResult
  const { likeness } = work
  const shared = likeness === undefined ? {} : { likeness }
  const receipts = Object.fromEntries(
    Object.entries(first.receipts).map(([task, receipt]) => [task, { sharedWith: first.id, ...receipt, ...shared }]),
  )
  const { categories, confidence, suggested } = first
  const own = likeness === undefined ? ownSource(work) : { inputHash: work.inputHash, ...noShown, ...work.shown }
  return {
    status,
    resultJson: JSON.stringify({ ...first, id: work.id, ...own, receipts }),
    origin: likeness === undefined || first.reusedFrom !== undefined ? originOf({ ...first, receipts }) : 'similar',
    category: categories && suggested ? { categories, confidence, suggested } : null,
  }
}

/**
 * Which item of this reading was the first with a content, at about 11 bytes an item. Contents are distinguished by 64 bits of their
 * SHA-256, of which the index has the first half: two of a million different ones meet with a chance of 10^-8.
 */
export class ContentIndex {
  readonly #rests = new Column((length) => new Uint32Array(length))
  readonly #table
  /** The second half of what is being looked for. */
  #wanted = 0

  constructor(index: Pick<ItemIndex, 'input'>) {
    this.#table = new SlotTable({
      hashOf: (item) => index.input(item),
      isWanted: (item) => this.#rests.get(item) === this.#wanted,
    })
  }

  /** The first item with this content; -1: there is none yet. */
  find(inputHash: string): number {
    this.#wanted = part(inputHash, 8)
    return this.#table.find(part(inputHash, 0))
  }

  /** `item` is the first with this content, as the index knows by now. */
  add(inputHash: string, item: number): void {
    if (this.find(inputHash) !== -1) return
    this.#rests.set(item, this.#wanted)
    this.#table.add(part(inputHash, 0), item)
  }

  /** What it holds in memory. */
  get bytes(): number {
    return this.#rests.bytes + this.#table.bytes
  }
}

function part(hash: string, from: number): number {
  return Number.parseInt(hash.slice(from, from + 8), 16)
}
