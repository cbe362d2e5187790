import { open, realpath } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { type PolicyView, policyFile, WorkspacePolicy } from '../../protocol/policy.ts'
import type { SourceSpec } from '../../protocol/sources.ts'
import { withMessage } from '../../shared/message.ts'
import { namesPath, type PolicyFacts } from '../domain/workspacePolicy.ts'
import { diskFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { readRegularFile } from '../files/regularFile.ts'
import { sha256 } from '../items/hashes.ts'
import { listFolderFiles } from '../sources/folderFiles.ts'
import { describeUnreadable } from './loadProfile.ts'

const longestPolicy = 1_000_000

/** Which texts a call is about. */
export interface PolicyQuestion {
  workspaceFolder?: string | undefined
  /** Absent: texts of which nobody knows the file. */
  source?: SourceSpec | undefined
}

/**
 * The rules of the folders that texts are of: of the workspace, of the folders of each file, of those around them up to the top of the
 * repository, and of those within a folder that is a source. Where a file is linked to, the place that it is in counts, too. Read anew
 * each time, and once for what belongs together: the answer for one question object stays.
 */
export class WorkspacePolicies {
  readonly #dataDir: string
  readonly #answered = new WeakMap<PolicyQuestion, Promise<PolicyFacts[]>>()

  constructor(dataDir: string) {
    this.#dataDir = path.resolve(dataDir)
  }

  of(question: PolicyQuestion): Promise<PolicyFacts[]> {
    const known = this.#answered.get(question)
    if (known) return known
    const answer = this.#find(question)
    this.#answered.set(question, answer)
    return answer
  }

  /** Of a folder alone, for those who want to see them: nothing is said of any text. */
  async inFolder(folder: string): Promise<PolicyFacts[]> {
    const read = await Promise.all((await foldersAround(folder)).map(readPolicy))
    return read.flatMap((view) => (view ? [{ ...view, local: null }] : []))
  }

  async #find({ workspaceFolder, source }: PolicyQuestion): Promise<PolicyFacts[]> {
    const files = source?.kind === 'paths' ? await filesOf(source.paths) : []
    // What we have written ourselves, such as the texts of a second opinion, may have come from anywhere.
    const isOurs = (file: string): boolean => isWithin(this.#dataDir, file)
    const isKnown = files.length > 0 && !files.some(isOurs)
    const around = workspaceFolder === undefined ? [] : await foldersAround(workspaceFolder)
    const folders = new Set(around)
    const ends = new Set(files.filter((file) => !isOurs(file)).map((file) => path.dirname(file)))
    for (const end of ends) {
      if (folders.has(end)) continue
      for (const folder of await foldersAround(end)) folders.add(folder)
    }
    const read = await Promise.all([...folders].map(readPolicy))
    return read.flatMap((view) => (view ? [{ ...view, local: isKnown ? localOf(view, files) : localOfAny(view) }] : []))
  }
}

function localOfAny({ rules }: PolicyView): PolicyFacts['local'] {
  return rules?.local_only?.length ? 'unknown' : null
}

function localOf({ file, rules }: PolicyView, files: readonly string[]): PolicyFacts['local'] {
  const folder = path.dirname(path.dirname(file))
  for (const each of files) {
    if (!isWithin(folder, each)) continue
    const relative = path.relative(folder, each).split(path.sep).join('/')
    if (rules?.local_only?.some((pattern) => namesPath(pattern, relative))) return { path: relative }
  }
  return null
}

function isWithin(folder: string, file: string): boolean {
  const relative = path.relative(folder, file)
  return relative !== '..' && !relative.startsWith(`..${path.sep}`) && !path.isAbsolute(relative)
}

/** Each file, also by where it really is. A folder stands for itself, too, since it may be empty by now and not later. */
async function filesOf(paths: readonly string[]): Promise<string[]> {
  const found = new Set<string>()
  for (const named of paths)
    for (const place of await placesOf(named)) {
      found.add(place)
      // Of what is no folder nothing is listed.
      for await (const file of listFolderFiles(diskFiles, place)) found.add(file)
    }
  return [...found]
}

async function placesOf(named: string): Promise<string[]> {
  const absolute = path.resolve(named)
  const real = await realpath(absolute).catch((error: unknown) => {
    ignoreFileErrors(error)
    return absolute
  })
  return [absolute, real]
}

/** The folder and those around it, up to the top of its repository, and never the home folder or above it, unless it is that one. */
async function foldersAround(from: string): Promise<string[]> {
  const home = homedir()
  const found: string[] = []
  for (const start of new Set(await placesOf(from)))
    for (let folder = start; ; folder = path.dirname(folder)) {
      found.push(folder)
      const above = path.dirname(folder)
      if (above === folder || folder === home || above === home) break
      if (await exists(path.join(folder, '.git'))) break
    }
  return found
}

async function exists(file: string): Promise<boolean> {
  return await diskFiles.lstat(file).then(
    () => true,
    (error: unknown) => {
      ignoreFileErrors(error)
      return false
    },
  )
}

/** Null: there is none in this folder. One that is there and cannot be read allows nothing. */
export async function readPolicy(folder: string): Promise<PolicyView | null> {
  const file = path.join(folder, ...policyFile.split('/'))
  let text: string
  try {
    text = (await readRegularFile({ open }, file, longestPolicy)).toString()
  } catch (error) {
    const code = fileErrorCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return null
    const problems = [{ path: '', ...withMessage('message', describeUnreadable(code)) }]
    return { file, hash: '', rules: null, problems }
  }
  // The parser is not needed where there are no rules.
  const { readYamlAs } = await import('./readProfile.ts')
  const read = readYamlAs(WorkspacePolicy, text)
  const hash = sha256(text)
  return read.ok
    ? { file, hash, rules: read.value, problems: [] }
    : { file, hash, rules: null, problems: read.problems }
}
