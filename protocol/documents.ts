import * as z from 'zod'
import { CriterionValue } from './criteria.ts'
import { Label } from './labels.ts'
import { RunId } from './names.ts'
import { ResultRecord } from './results.ts'
import { SourceFormat } from './sources.ts'

/** A text with more UTF-16 units than this, or a file with more bytes, shows no results: the client learns so and opens them elsewhere. */
export const longestDocument = 5 * 1024 * 1024
/** The same for records. */
export const mostDocumentRecords = 50_000

const Word = z.union([z.string(), z.object({ message: z.string(), comment: z.array(z.string()) })])

/** What `initialize` says of results within files. `words`: those of the editor's language, English to translated; absent: English. */
export const DocumentOptions = z.object({ words: z.record(z.string(), Word).optional() })
export type DocumentOptions = z.infer<typeof DocumentOptions>

/** The record that a key names (24 hex digits, as the hints have it), or the one at a place of a document that is open. */
export const DocumentPlace = z.object({
  uri: z.string().min(1).max(8192),
  at: z.union([
    z.object({ key: z.string().regex(/^[0-9a-f]{24}$/) }),
    z.object({ line: z.int().nonnegative(), character: z.int().nonnegative() }),
  ]),
})
export type DocumentPlace = z.infer<typeof DocumentPlace>

/** A record of a document with what is known of it. */
export const DocumentItem = z.object({
  runId: RunId,
  key: z.string(),
  /** From 0, as an editor counts. */
  line: z.int().nonnegative(),
  character: z.int().nonnegative(),
  /** The text is another one than that which was judged, so it cannot be corrected. */
  isChanged: z.boolean(),
  result: ResultRecord,
  /** What a person said of it; null: nothing. */
  label: Label.nullable(),
  /** That the run could choose from, roots before their children. */
  categories: z.array(z.object({ name: z.string(), parent: z.string().nullable() })),
  /** The profile's own criteria, each with what can be answered. Absent: interest and quality were asked. */
  criteria: z.array(z.object({ name: z.string(), question: z.string(), values: z.array(CriterionValue) })).optional(),
})
export type DocumentItem = z.infer<typeof DocumentItem>

/** Which of these files have results: those of the kept run that the newest of their runs is. */
export const DocumentPaths = z.object({ paths: z.array(z.string().min(1).max(4096)).max(100) })
export const DocumentResults = z.object({
  /** `isOfLines`: only some lines of the file were judged. */
  rows: z.array(z.object({ path: z.string(), runId: RunId, isOfLines: z.boolean() })),
})

/** A file that could be judged, as it stands on the disk. */
export const FileOffer = z.object({
  rows: z.int().positive(),
  /** There may be more: the file could not be read to its end. */
  isAbout: z.boolean(),
  format: SourceFormat,
})
export type FileOffer = z.infer<typeof FileOffer>
