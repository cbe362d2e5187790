import { Buffer, isUtf8 } from 'node:buffer'
import { StringDecoder } from 'node:string_decoder'
import type { Parser } from 'htmlparser2'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { dropCutCharacter, type OpenedFile } from './openedFile.ts'
import type { Row, RowStream } from './row.ts'

/** What reads the events of an XML file, in its order. Names are as the file spells them. */
export interface XmlReader {
  open(name: string, attributes: Readonly<Record<string, string>>, line: number, isBroken: boolean): void
  /** `isRaw`: of a section in which nothing counts as markup. */
  text(text: string, isRaw: boolean): void
  close(name: string): void
  /** The rows that became whole since it was last asked. */
  take(): Row[]
  /** Some of the text of this line is no text: replacement marks of what is open now stand for it. */
  damage(line: number): void
}

/** Deeper is no feed and no outline, but an attack on the code that follows it. */
const deepest = 1000

/**
 * An XML file piece by piece. The parser knows no entities but the five of XML and numbers: what a document type declares is not
 * looked at, so nothing can be expanded and nothing fetched. A tag or comment longer than `longestBytes` ends the reading.
 */
export async function* readXml(
  file: Pick<OpenedFile, 'path' | 'chunks'>,
  reader: XmlReader,
  longestBytes: number,
): RowStream {
  const { Parser } = await import('htmlparser2')
  const events = new XmlEvents(Parser, reader, longestBytes)
  const decoder = new StringDecoder('utf8')
  let carried: Buffer = Buffer.alloc(0)
  const chunks = file.chunks()
  for (;;) {
    const next = await chunks.next()
    if (next.done && !next.value.ok) return next.value
    if (next.done) events.end()
    else {
      const isValid = isUtf8(dropCutCharacter(joined(carried, next.value)))
      carried = cutCharacter(next.value)
      events.write(decoder.write(next.value), isValid)
    }
    const rows = reader.take()
    if (rows.length > 0) yield rows
    const { problem, line } = events
    if (problem !== null) {
      await chunks.return(succeed(null))
      return malformed(file.path, line, problem)
    }
    if (next.done) return succeed(null)
  }
}

function joined(carried: Buffer, chunk: Buffer): Buffer {
  return carried.length === 0 ? chunk : Buffer.concat([carried, chunk])
}

/** The beginning of a character whose end is in the next chunk. */
function cutCharacter(chunk: Buffer): Buffer {
  return Buffer.from(chunk.subarray(dropCutCharacter(chunk).length))
}

/** Follows what the parser finds: at which line it is, how deep, and how long it has found nothing. */
class XmlEvents {
  readonly #parser: Parser
  readonly #reader: XmlReader
  readonly #longestBytes: number
  #line = 1
  #tagLine = 1
  #depth = 0
  #isRaw = false
  #silentLength = 0
  #problem: LocalizableMessage | null = null

  constructor(parser: typeof Parser, reader: XmlReader, longestBytes: number) {
    this.#reader = reader
    this.#longestBytes = longestBytes
    const resetSilence = (): void => this.#resetSilence()
    this.#parser = new parser(
      {
        onopentagname: () => {
          this.#tagLine = this.#line
        },
        onopentag: (name, attributes) => this.#open(name, attributes),
        ontext: (text) => {
          this.#resetSilence()
          reader.text(text, this.#isRaw)
        },
        oncdatastart: () => {
          this.#isRaw = true
        },
        oncdataend: () => {
          this.#isRaw = false
        },
        onclosetag: (name) => {
          this.#resetSilence()
          this.#depth--
          reader.close(name)
        },
        oncomment: resetSilence,
        onprocessinginstruction: resetSilence,
      },
      { xmlMode: true },
    )
  }

  get line(): number {
    return this.#line
  }

  /** Why nothing more can be read. */
  get problem(): LocalizableMessage | null {
    return this.#problem
  }

  write(text: string, isValid: boolean): void {
    // Line by line, so that each event has its line.
    for (const piece of splitAfterLineFeeds(text)) {
      if (!isValid && piece.includes('\uFFFD')) this.#reader.damage(this.#line)
      this.#parser.write(piece)
      this.#silentLength += piece.length
      if (piece.endsWith('\n')) this.#line++
      if (this.#silentLength > this.#longestBytes)
        this.#problem = localizable('a tag or comment is longer than a row may be')
      if (this.#problem !== null) return
    }
  }

  end(): void {
    if (this.#depth > 0) this.#problem = localizable('the document has no end')
    else this.#parser.end()
  }

  #open(name: string, attributes: Readonly<Record<string, string>>): void {
    this.#resetSilence()
    this.#depth++
    if (this.#depth > deepest) this.#problem = localizable('its elements are nested more than {0} deep', deepest)
    else this.#reader.open(name, attributes, this.#tagLine, !Object.keys(attributes).every(isAttributeName))
  }

  #resetSilence(): void {
    this.#silentLength = 0
  }
}

/** Markup within the quotes of an attribute leaves pieces of itself as names. */
function isAttributeName(name: string): boolean {
  return /^[\p{L}_:][\p{L}\p{N}\p{M}_:.·-]*$/u.test(name)
}

function* splitAfterLineFeeds(text: string): Generator<string> {
  let from = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
    yield text.slice(from, at + 1)
    from = at + 1
  }
  if (from < text.length) yield text.slice(from)
}

function malformed(source: string, line: number, detail: LocalizableMessage) {
  return fail({ code: 'source_invalid', source, problem: 'malformed', ...withMessage('detail', detail), line })
}
