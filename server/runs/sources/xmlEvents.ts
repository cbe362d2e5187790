import { StringDecoder } from 'node:string_decoder'
import type { Told } from '../../../protocol/localizableMessage.ts'
import { succeed } from '../../../protocol/outcome.ts'
import { fail } from '../../../shared/fail.ts'
import { say, worded } from '../../../shared/message.ts'
import type { OpenedFile } from './openedFile.ts'
import type { Row, RowStream } from './row.ts'

/** What reads the events of an XML file, in its order. Names are as the file spells them. */
export interface XmlReader {
  open(name: string, attributes: Readonly<Record<string, string>>, line: number): void
  text(text: string): void
  close(name: string): void
  /** The rows that became whole since it was last asked. */
  take(): Row[]
}

/** Deeper is no feed and no outline, but an attack on whoever follows it. */
const deepest = 1000

/**
 * An XML file piece by piece. The parser knows no entities but the five of XML and numbers: what a document type declares is not
 * looked at, so nothing can be expanded and nothing fetched. A tag or comment longer than `longestBytes` ends the reading.
 */
export async function* readXml(file: OpenedFile, reader: XmlReader, longestBytes: number): RowStream {
  const { Parser } = await import('htmlparser2')
  let line = 1
  let depth = 0
  let silent = 0
  let tagLine = 1
  let problem: Told | null = null
  const heard = (): void => {
    silent = 0
  }
  const parser = new Parser(
    {
      onopentagname() {
        tagLine = line
      },
      onopentag(name, attributes) {
        heard()
        depth++
        if (depth > deepest) problem = say('its elements are nested more than {0} deep', deepest)
        else reader.open(name, attributes, tagLine)
      },
      ontext(text) {
        heard()
        reader.text(text)
      },
      onclosetag(name) {
        heard()
        depth--
        reader.close(name)
      },
      oncomment: heard,
      onprocessinginstruction: heard,
    },
    { xmlMode: true },
  )
  const decoder = new StringDecoder('utf8')
  const chunks = file.chunks()
  for (;;) {
    const next = await chunks.next()
    if (next.done) {
      if (!next.value.ok) return next.value
      if (depth > 0) return malformed(file.path, line, say('the document has no end'))
      parser.end()
      const rows = reader.take()
      if (rows.length > 0) yield rows
      return succeed(null)
    }
    // Line by line, so that each event has its line.
    for (const piece of splitAfterLineFeeds(decoder.write(next.value))) {
      parser.write(piece)
      silent += piece.length
      if (piece.endsWith('\n')) line++
      if (problem !== null || silent > longestBytes) break
    }
    const rows = reader.take()
    if (rows.length > 0) yield rows
    if (silent > longestBytes) problem = say('a tag or comment is longer than a row may be')
    if (problem !== null) {
      await chunks.return(succeed(null))
      return malformed(file.path, line, problem)
    }
  }
}

function* splitAfterLineFeeds(text: string): Generator<string> {
  let from = 0
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', from)) {
    yield text.slice(from, at + 1)
    from = at + 1
  }
  if (from < text.length) yield text.slice(from)
}

function malformed(source: string, line: number, detail: Told) {
  return fail({ code: 'source_invalid', source, problem: 'malformed', ...worded('detail', detail), line })
}
