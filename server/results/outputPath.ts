import { randomUUID } from 'node:crypto'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultFormat, RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { withMessage } from '../../shared/message.ts'
import { csvStart } from '../../shared/resultCsv.ts'
import { confineIfBelow } from '../files/confineWrite.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeThrownFileError, fileErrorInEnglish } from '../files/fileTrouble.ts'
import { openRegularFile, RefusedFile } from '../files/regularFile.ts'
import { nameLines } from '../sources/openSource.ts'
import { reportStart, sarifStart } from '../sources/reportStarts.ts'
import { type SourceInput, sharedFolder } from '../sources/sourceInput.ts'
import type { WrittenFiles } from './writtenFiles.ts'

/**
 * Where the results go, or null for nowhere; checked before anything is paid for. Never over the source. Beside the source only
 * over an earlier results file of ours that nobody has edited since; where the user named a file, over that. `isOfAnother`: the results of another source count and
 * stand there, as those of `issues.csv` do in `issues.results.jsonl` when `issues.jsonl` comes: then the name keeps its ending.
 * A path within the workspace is really within it: links of a cloned folder do not choose where our files land.
 */
export async function chooseOutput(
  files: RunFiles,
  output: RunRequest['output'],
  inputs: readonly SourceInput[],
  { isOfAnother = async () => false, workspaceFolder, written }: OutputRules = {},
): Promise<Outcome<string | null>> {
  if (output.none) return succeed(null)
  const path = output.path === null ? await freeBesideSource(inputs, output.format, isOfAnother) : resolve(output.path)
  if (path === null) return succeed(null)
  const confined = await confinedOutput(files, workspaceFolder, path)
  if (!confined.ok) return confined
  const problem =
    (await occupied(files, path, { inputs, isNamed: output.path !== null, format: output.format })) ??
    (await unwritable(files, path))
  if (problem !== null) return fail({ code: 'output_invalid', path, detail: problem })
  const unedited = output.path === null ? await written?.check(path) : undefined
  return unedited?.ok === false ? unedited : succeed(path)
}

interface OutputRules {
  /** Knows which files were edited since they were written. Absent: none was. */
  written?: Pick<WrittenFiles, 'check'>
  isOfAnother?: (path: string) => Promise<boolean>
  workspaceFolder?: string | undefined
}

/** A path that leads elsewhere is refused, and the sentence says where: a person who means that place names it. */
export async function confinedOutput(
  files: Pick<RunFiles, 'realpath' | 'lstat'>,
  workspaceFolder: string | undefined,
  path: string,
): Promise<Outcome<null>> {
  try {
    await confineIfBelow(files, workspaceFolder, path)
  } catch (error) {
    // What the system itself refuses is told in other words where the file is made.
    if (error instanceof RefusedFile)
      return fail({ code: 'output_invalid', path, ...withMessage('detail', describeThrownFileError(error)) })
    ignoreFileErrors(error)
  }
  return succeed(null)
}

async function freeBesideSource(
  inputs: readonly SourceInput[],
  format: ResultFormat,
  isOfAnother: (path: string) => Promise<boolean>,
): Promise<string | null> {
  const names = besideSource(inputs, format)
  for (const path of names) if (!(await isOfAnother(path))) return path
  return names.at(-1) ?? null
}

/**
 * `<name>.results.<format>` beside one file; within a folder, or the folder that several have in common. A selection has none. The first
 * name is the usual one, another one tells more of its source.
 */
function besideSource(inputs: readonly SourceInput[], format: ResultFormat): string[] {
  const [first] = inputs
  if (!first) return []
  const { shard } = first
  // Those of a part never take the place of those of the whole.
  const part = shard ? `.shard-${shard.number}-of-${shard.of}` : ''
  const named = (folder: string, name: string): string => join(folder, `${name}${part}.results.${endings[format]}`)
  if (inputs.length === 1 && first.kind === 'file') {
    const folder = dirname(first.path)
    if (first.lines) {
      const lines = nameLines(first.lines).replace(/-$/, '-end').replaceAll(',', '+').slice(0, longestLines)
      return [`${basename(first.path, extname(first.path))}`, basename(first.path)].map((name) =>
        named(folder, `${name}.lines-${lines}`),
      )
    }
    return [named(folder, basename(first.path, extname(first.path))), named(folder, basename(first.path))]
  }
  const folder = inputs.length === 1 ? first.path : sharedFolder(inputs)
  const usual = named(folder, basename(folder) || 'all')
  // Other files of the same folder may have been judged together before.
  return inputs.length === 1
    ? [usual]
    : [
        usual,
        named(
          folder,
          inputs
            .map(({ path }) => basename(path))
            .join('+')
            .slice(0, longestName),
        ),
      ]
}

const longestLines = 60
/** With its ending within what file systems take. */
const longestName = 200

const endings: Record<ResultFormat, string> = {
  jsonl: 'jsonl',
  csv: 'csv',
  json: 'json',
  sarif: 'sarif',
  markdown: 'md',
}

/** Why an existing file must stay; null: there is none, or it may be replaced. */
async function occupied(
  files: RunFiles,
  path: string,
  options: { inputs: readonly SourceInput[]; isNamed: boolean; format: ResultFormat },
): Promise<string | null> {
  const stats = await files.stat(path).catch((error: unknown) => {
    ignoreFileErrors(error)
    return null
  })
  if (stats === null) return null
  if (!stats.isFile()) return stats.isDirectory() ? 'it is a folder' : 'it is not a regular file'
  const real = await files.realpath(path)
  const isOurs = await isResultsFile(files, path, options.format)
  for (const input of options.inputs) {
    const source = await files.realpath(input.path)
    if (real === source) return 'it is the source itself'
    if (input.kind === 'folder' && real.startsWith(source + sep) && !isOurs) return 'it is part of the source'
  }
  return isOurs || options.isNamed ? null : 'a file of that name is there and is not a results file; name another one'
}

/** Recognised by its beginning: our header, or a record with a run's id. An empty one holds no results yet. */
export async function isResultsFile(files: RunFiles, path: string, format: ResultFormat): Promise<boolean> {
  const handle = await openRegularFile(files, path).catch((error: unknown) => {
    ignoreFileErrors(error)
    return null
  })
  if (handle === null) return false
  try {
    const buffer = Buffer.alloc(256)
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
    const head = buffer.toString('utf8', 0, bytesRead)
    if (head === '') return true
    if (format === 'csv') return head.startsWith(csvStart)
    if (format === 'sarif') return head.startsWith(sarifStart)
    if (format === 'markdown') return head.startsWith(reportStart)
    return format === 'json' ? /^\[\n(\s*\]|\{"runId":")/.test(head) : head.startsWith('{"runId":"')
  } finally {
    await handle.close()
  }
}

async function unwritable(files: RunFiles, path: string): Promise<string | null> {
  const attempt = join(dirname(path), `.llm-providers-${randomUUID()}.tmp`)
  try {
    const handle = await files.open(attempt, 'wx')
    await handle.close()
    await files.unlink(attempt)
    return null
  } catch (error) {
    return fileErrorInEnglish(fileErrorCode(error))
  }
}
