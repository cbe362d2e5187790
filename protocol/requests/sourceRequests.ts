import * as z from 'zod'
import { PageRequest, pageOf, RunId } from '../names.ts'
import { FrontMatterChange, SourceDescription, SourceFields, SourceSettings, SourceSpec } from '../sources.ts'
import { none, type RequestRow, request } from './request.ts'

const path = z.string().min(1).max(4096)

/** How files are read, and results that go into the files themselves. */
export const sourceRequests = {
  /** Reads the beginning of the source, of a folder that of its first file. Nothing is kept. */
  'source/describe': request(z.object({ source: SourceSpec, fields: SourceFields.optional() }), SourceDescription),
  /** What a person chose for the file, for the next time; null forgets it. */
  'source/remember': request(z.object({ path, settings: SourceSettings.nullable() }), none),
  /**
   * A file or folder was renamed or moved, which has happened already: results of runs over it follow. Where nobody says so, those of
   * a single file are found by what it holds. `sources`: how many are elsewhere now; none where `from` is still there, or `to` is not.
   */
  'source/moved': request(z.object({ from: path, to: path }), z.object({ sources: z.int().nonnegative() })),
  /** `conflict`: the file is not what was judged. `source_invalid`: the run has no result for it, or its front matter cannot be added to. Nothing is written. */
  'run/frontMatter': request(z.object({ runId: RunId, path }), FrontMatterChange),
  /** The Markdown files of a run's source, in its order; some may have no result. */
  'run/markdownFiles': request(z.object({ runId: RunId, ...PageRequest.shape }), pageOf(path)),
} as const satisfies Record<string, RequestRow>
