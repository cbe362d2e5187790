import type { CategoryVerdict } from '../../domain/work.ts'
import type { ItemIndex, ItemOrigin, ItemState } from '../journal/itemIndex.ts'
import { originOf } from '../journal/journalLines.ts'
import { createIdenticalItems } from './identicalItems.ts'
import { type FinalState, isFinal } from './runTally.ts'
import type { WorkItem } from './workItem.ts'

export interface TwinResult {
  status: FinalState
  /** Of the twin, with its own id; its receipts say whose it was. */
  resultJson: string
  /** `reused` where the first one's result was taken over from an earlier run. */
  origin: ItemOrigin
  /** Null: it was not categorized. */
  category: CategoryVerdict | null
}

/**
 * Items with the same text are judged once. Those that come while the first one is under way wait for it without their text; those
 * that come later take its result from the journal.
 */
export interface Twins {
  /** Whether the item is the first with its content. If not, it is taken over: its result comes through `record`. */
  isFirst(work: WorkItem): boolean
  /** The item has its result already: others with this content take it from the journal. */
  know(inputHash: string, item: number): void
  /** How many wait, whether for a first one or for the journal. */
  waiting(): number
  /** Results for those that came after their first one was done. */
  takeFromJournal(): Promise<void>
  /** The item got its result: those that wait for it get theirs. */
  recorded(item: number, status: FinalState, resultJson: string): void
}

/** Contents that come again and again are read once. */
const mostCached = 256

export function createTwins(options: {
  index: Pick<ItemIndex, 'state' | 'place' | 'input'>
  /** The result of an item as the journal has it. */
  read(item: number): Promise<string>
  record(work: WorkItem, result: TwinResult): void
}): Twins {
  const { index } = options
  const firsts = createIdenticalItems(index)
  const followers = new Map<number, WorkItem[]>()
  const cache = new Map<number, string>()
  let late: { work: WorkItem; first: number; state: ItemState }[] = []
  let waiting = 0

  async function resultOf(first: number): Promise<string> {
    const known = cache.get(first)
    if (known !== undefined) return known
    const text = await options.read(first)
    if (cache.size >= mostCached) cache.clear()
    cache.set(first, text)
    return text
  }

  return {
    isFirst(work) {
      const first = firsts.find(work.inputHash)
      if (first === -1) {
        firsts.add(work.inputHash, work.item)
        return true
      }
      waiting++
      // The text has done its duty.
      const light = { ...work, text: '' }
      const state = index.state(first)
      if (isFinal(state)) late.push({ work: light, first, state })
      else {
        const others = followers.get(first)
        if (others) others.push(light)
        else followers.set(first, [light])
      }
      return false
    },
    know: firsts.add,
    waiting: () => waiting,
    async takeFromJournal() {
      const taken = late
      late = []
      for (const { work, first, state } of taken) {
        const result = twinResult(await resultOf(first), work, state as FinalState)
        waiting--
        options.record(work, result)
      }
    },
    recorded(item, status, resultJson) {
      const waitingFor = followers.get(item)
      if (!waitingFor) return
      followers.delete(item)
      waiting -= waitingFor.length
      for (const work of waitingFor) options.record(work, twinResult(resultJson, work, status))
    },
  }
}

interface SharedResult {
  id: string
  categories: string[] | null
  confidence: number | null
  suggested: CategoryVerdict['suggested'] | null
  receipts: Record<string, { sharedWith?: string }>
  reusedFrom?: string
}

function twinResult(firstJson: string, work: WorkItem, status: FinalState): TwinResult {
  const first = JSON.parse(firstJson) as SharedResult
  const receipts = Object.fromEntries(
    Object.entries(first.receipts).map(([task, receipt]) => [task, { sharedWith: first.id, ...receipt }]),
  )
  const { categories, confidence, suggested } = first
  return {
    status,
    resultJson: JSON.stringify({ ...first, id: work.id, receipts }),
    origin: originOf({ ...first, receipts }),
    category: categories && suggested ? { categories, confidence: confidence ?? 0, suggested } : null,
  }
}
