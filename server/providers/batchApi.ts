import type { Outcome } from '../../protocol/outcome.ts'

/** What a call would post. */
export interface SentRequest {
  url: string
  /** JSON. */
  body: string
}

/** What came of a request that was answered elsewhere, such as in a batch. */
export interface StoredAnswer {
  status: number
  /** JSON. */
  body: string
}

/** What one batch may hold. */
export interface BatchLimits {
  requests: number
  bytes: number
}

/** A batch that is to be made, or was. */
export interface NewBatch {
  /** Ours, drawn once: by it a batch is found whose making nobody noted. */
  name: string
  model: string
  requests: number
  /** Milliseconds since 1970: it was made after this. */
  preparedAt: number
  /** What holds its lines, on this machine. */
  path: string
  bytes: number
  /** What was uploaded of it; null: nothing, where an API takes the lines themselves. */
  file: string | null
}

/** working: it is waited for. The others: nothing more will come of it, but what is in `results`. */
export type BatchOutcome = 'working' | 'completed' | 'failed' | 'expired' | 'cancelled'

export interface BatchStatus {
  id: string
  outcome: BatchOutcome
  /** In the provider's own word. */
  said: string
  /** What `download` takes, one after the other. */
  results: readonly string[]
  /** Requests that were answered so far; null: it does not say. */
  answered: number | null
  /** Of one that failed as a whole: why, with the provider's own code. */
  failure?: { code: string; message: string } | undefined
}

/** One line of results. `answer` null: the request has none, and `why` says so in the provider's own word. */
export interface BatchAnswer {
  customId: string
  answer: StoredAnswer | null
  why?: string
}

/** The batch API of a kind, `Call` being all that a call needs besides what is asked: half the price, an answer within a day. Expected failures are Outcomes, as for calls. */
export interface BatchApi<Call> {
  readonly limits: BatchLimits
  /** A request as a line of what is sent, without its line end. */
  line(customId: string, sent: SentRequest): string
  readLine(line: unknown): BatchAnswer | null
  /** Absent: `create` sends the lines themselves. Answers the file's id. */
  upload?(call: Call, batch: NewBatch): Promise<Outcome<string>>
  /** What an upload left that nobody noted; null: nothing. There when `upload` is. */
  findFile?(call: Call, batch: NewBatch): Promise<Outcome<string | null>>
  create(call: Call, batch: NewBatch): Promise<Outcome<BatchStatus>>
  /** A batch whose making nobody noted; null: there is none, or it has failed, which costs nothing. */
  find(call: Call, batch: NewBatch): Promise<Outcome<BatchStatus | null>>
  status(call: Call, id: string): Promise<Outcome<BatchStatus>>
  /** Lines as they come; reading them rejects where they break off. */
  download(call: Call, result: string): Promise<Outcome<AsyncIterable<Uint8Array>>>
  cancel(call: Call, id: string): Promise<Outcome<unknown>>
  /** What the provider keeps of a batch that is over, as far as its API can delete it. What is gone already is no failure. */
  remove(call: Call, batch: { id: string; files: readonly string[] }): Promise<Outcome<unknown>>
}
