import type { Task } from '../../protocol/names.ts'
import type { WorkItem } from '../engine/workItem.ts'
import { type LaneBatchNote, type LaneFiles, type LaneTicket, LineFile } from './laneFiles.ts'
import type { RunContext } from './runContext.ts'

/** A request of a batch, taken instead of sent. */
export interface PackedRequest {
  line: string
  bytes: number
  mostUsd: number | null
  items: readonly WorkItem[]
  ticket: LaneTicket
}

/** Which of the dealt keys each item has, in the items' places. Texts are never asked about twice, so that a hash means one item. */
export function ticketOf(
  mode: LaneTicket['mode'],
  dealt: readonly { key: string; inputHash?: string }[],
  items: readonly WorkItem[],
): LaneTicket {
  const places = new Map(items.map(({ inputHash }, place) => [inputHash, place]))
  return {
    mode,
    keys: dealt.map(({ key, inputHash = '' }) => [key, places.get(inputHash) ?? -1]),
    items: items.map(({ key, at, id, inputHash, shown }) => ({ key, at, id, inputHash, ...(shown ? { shown } : {}) })),
  }
}

/** A batch that is being packed. Nothing of it counts before it is noted. */
export class PackedBatch {
  readonly number: number
  readonly name: string
  readonly items: number[] = []
  mostUsd: number | null = 0
  isKept = false
  readonly #files: LaneFiles
  readonly #lines: LineFile
  readonly #tickets: LineFile
  #isClosed = false

  private constructor(files: LaneFiles, number: number, name: string, lines: LineFile, tickets: LineFile) {
    this.#files = files
    this.number = number
    this.name = name
    this.#lines = lines
    this.#tickets = tickets
  }

  static async begin({ files }: RunContext, lane: LaneFiles, number: number, name: string): Promise<PackedBatch> {
    const lines = new LineFile(await files.open(lane.path(number, 'lines'), 'w', 0o600))
    const tickets = new LineFile(await files.open(lane.path(number, 'items'), 'w', 0o600))
    return new PackedBatch(lane, number, name, lines, tickets)
  }

  get requests(): number {
    return this.#lines.lines
  }

  get bytes(): number {
    return this.#lines.bytes
  }

  async add({ line, mostUsd, ticket, items }: PackedRequest): Promise<void> {
    await this.#lines.add(line)
    await this.#tickets.add(JSON.stringify(ticket))
    this.mostUsd = this.mostUsd === null || mostUsd === null ? null : this.mostUsd + mostUsd
    for (const { item } of items) this.items.push(item)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#lines.close()
    await this.#tickets.close()
  }

  note(of: { task: Task; provider: string; model: string; preparedAt: number }): LaneBatchNote {
    const { number, name, requests, bytes, mostUsd } = this
    return {
      ...{ number, ...of, name, requests, items: this.items.length, bytes, mostUsd },
      ...{ file: null, id: null, outcome: 'working', said: null, results: [], answeredRequests: null },
      ...{ read: null, isDone: false },
    }
  }

  async discard(): Promise<void> {
    await this.close()
    if (!this.isKept) await this.#files.remove(this.number, 'lines', 'items')
  }
}
