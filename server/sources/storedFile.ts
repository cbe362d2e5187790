import type { Buffer } from 'node:buffer'
import type { Outcome } from '../../protocol/outcome.ts'

/** The bytes of a file that is open, for readers of what is no text. They throw the errors of the system. */
export interface StoredFile {
  path: string
  /** In bytes. */
  size: number
  /** Fewer bytes than were asked for: the file ends there. */
  read(position: number, length: number): Promise<Buffer>
  /** Of the file beside it whose name goes on with this ending; 0: there is none. */
  sizeOf(ending: string): Promise<number>
  /** Fails where it is no longer the file that was opened. */
  check(): Promise<Outcome<null>>
}
