import { Buffer } from 'node:buffer'
import { isNode, LineCounter, parseDocument } from 'yaml'
import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizableText, withMessage } from '../../shared/message.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode } from '../files/fileErrors.ts'
import { describeFileError } from '../files/fileTrouble.ts'
import { readRegularFile } from '../files/regularFile.ts'
import { findUnreadable, toValue } from '../profiles/readProfile.ts'
import { CommentBlanker } from '../sources/jsonComments.ts'

export type Path = readonly (string | number)[]

/** A file of settings that was read, and where in it a value stands. */
export interface ConfigFile {
  source: string
  value: unknown
  /** From 1. */
  lineOf(path: Path): number
}

/** Settings of other programs are small; what is larger is none. */
const mostBytes = 2_000_000

/** YAML or JSON, with comments and trailing commas. Fails with `source_invalid`, and with the line of what is broken. */
export async function readConfigFile(files: Pick<RunFiles, 'open'>, source: string): Promise<Outcome<ConfigFile>> {
  const text = await readText(files, source)
  return text.ok ? parseConfig(source, text.value) : text
}

/** Any text that is not too long for settings. */
export async function readText(files: Pick<RunFiles, 'open'>, source: string): Promise<Outcome<string>> {
  try {
    return succeed((await readRegularFile(files, source, mostBytes)).toString('utf8').replace(/^\uFEFF/, ''))
  } catch (error) {
    const code = fileErrorCode(error)
    const problem = code === 'ENOENT' ? 'missing' : code === 'NOT_A_FILE' ? 'not_a_file' : 'unreadable'
    return fail({ code: 'source_invalid', source, problem, ...withMessage('detail', describeFileError(code)) })
  }
}

export function parseConfig(source: string, raw: string): Outcome<ConfigFile> {
  const malformed = (sentence: LocalizableMessage, line: number): Outcome<never> =>
    fail({ code: 'source_invalid', source, problem: 'malformed', ...withMessage('detail', sentence), line })
  const unreadable = findUnreadable(raw)
  if (unreadable) return malformed(unreadable, 1)
  // JSON is YAML but for its comments.
  const text = /^\s*(?:[{[]|\/[/*])/.test(raw) ? new CommentBlanker().blank(Buffer.from(raw)).toString() : raw
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, logLevel: 'error' })
  const [error] = document.errors
  if (error) return malformed(localizableText(error.message), lines.linePos(error.pos[0]).line)
  const value = toValue(document)
  if (!value.ok) return malformed(value.localizable, 1)
  return succeed({
    source,
    value: value.value,
    lineOf(path) {
      for (let length = path.length; length > 0; length--) {
        const node = document.getIn(path.slice(0, length), true)
        if (isNode(node) && node.range) return lines.linePos(node.range[0]).line
      }
      return 1
    },
  })
}
