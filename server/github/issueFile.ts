import { createHash } from 'node:crypto'
import { dirname, join, resolve } from 'node:path'
import * as z from 'zod'
import { GitHubRepo, GitHubToken } from '../../protocol/github.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { confineIfBelow } from '../files/confineWrite.ts'
import type { RunFiles } from '../files/diskFiles.ts'
import { fileErrorCode, ignoreFileErrors } from '../files/fileErrors.ts'
import { describeThrownFileError } from '../files/fileTrouble.ts'
import { readRegularFile } from '../files/regularFile.ts'
import { replaceFile } from '../profiles/chooseProfile.ts'

/** An issue as a line of the file. The number is its id, so that results follow it whatever becomes of its text. */
export const Issue = z.object({
  id: z.string().regex(/^[1-9]\d{0,15}$/),
  title: z.string(),
  body: z.string(),
  labels: z.array(z.string()),
  state: z.string(),
  author: z.string(),
  url: z.string(),
  created_at: z.string(),
  updated_at: z.string(),
  pull: z.boolean(),
})
export type Issue = z.infer<typeof Issue>

/** What is known of a fetched file, beside the data: never a token. */
export const FileState = z.object({
  repo: GitHubRepo,
  api: z.string(),
  token: GitHubToken,
  /** The origin that a variable was named for. */
  origin: z.string(),
  allowPlainHttp: z.boolean(),
  /** Of the file as it was written. */
  sha256: z.string(),
  /** What was asked for: pages of something else say nothing. */
  query: z.string(),
  /** In order; `next` null: the last one. */
  pages: z.array(
    z.object({
      url: z.string(),
      etag: z.string(),
      next: z.string().nullable(),
      ids: z.array(z.string()),
      /** Pull requests of it that were left out. */
      pullsLeft: z.int().nonnegative(),
    }),
  ),
})
export type FileState = z.infer<typeof FileState>

const longestFile = 512 * 1024 * 1024

/** A fetched file and its issues; the state is missing for a file that nobody fetched, or that is gone. */
export interface IssueFile {
  path: string
  issues: Map<string, Issue>
  /** Null: there is no file. */
  sha256: string | null
  state: FileState | null
}

/** Never fails: what cannot be read is not there. */
export async function readIssueFile(files: RunFiles, dataDir: string, named: string): Promise<IssueFile> {
  const path = resolve(named)
  const state = await readState(files, dataDir, path)
  try {
    const bytes = await readRegularFile(files, path, longestFile)
    const issues = new Map<string, Issue>()
    for (const line of bytes.toString('utf8').split('\n')) {
      const issue = readLine(line)
      if (issue) issues.set(issue.id, issue)
    }
    return { path, issues, sha256: sha256(bytes), state }
  } catch (error) {
    ignoreFileErrors(error)
    return { path, issues: new Map(), sha256: null, state }
  }
}

function readLine(line: string): Issue | null {
  if (line.trim() === '') return null
  try {
    const parsed = Issue.safeParse(JSON.parse(line))
    return parsed.success ? parsed.data : null
  } catch {
    return null
  }
}

/** All of it or nothing, and then what is known of it. */
export async function writeIssueFile(
  files: RunFiles,
  dataDir: string,
  { path, workspaceFolder }: { path: string; workspaceFolder: string | undefined },
  { issues, state }: { issues: readonly Issue[]; state: Omit<FileState, 'sha256'> },
): Promise<Outcome<null>> {
  const text = issues.map((issue) => `${JSON.stringify(issue)}\n`).join('')
  try {
    await confineIfBelow(files, workspaceFolder, path)
    await files.makeFolder(dirname(path))
    // A link stays one, and what it leads to is written.
    const real = await files.realpath(path).catch((error: unknown) => {
      if (fileErrorCode(error) !== 'ENOENT') throw error
      return path
    })
    await replaceFile(files, real, text)
    await files.makeFolder(stateFolder(dataDir))
    const whole: FileState = { ...state, sha256: sha256(Buffer.from(text)) }
    await replaceFile(files, statePath(dataDir, path), JSON.stringify(whole))
    return succeed(null)
  } catch (error) {
    return fail({ code: 'output_invalid', path, ...withMessage('detail', describeThrownFileError(error)) })
  }
}

/** Why a file must not be written over; null: it is not there, or is what was written. */
export function refuseStranger({ path, sha256: now, state }: IssueFile, repo: string): Outcome<never> | null {
  if (now === null) return null
  if (state === null || state.repo !== repo) {
    const sentence = localizable('it is not the file of the issues of {0}', repo)
    return fail({ code: 'output_invalid', path, ...withMessage('detail', sentence) })
  }
  if (state.sha256 === now) return null
  const sentence = localizable('it was edited since it was fetched')
  return fail({ code: 'output_invalid', path, edited: true, ...withMessage('detail', sentence) })
}

async function readState(files: RunFiles, dataDir: string, path: string): Promise<FileState | null> {
  try {
    const text = (await readRegularFile(files, statePath(dataDir, path), longestFile)).toString('utf8')
    const parsed = FileState.safeParse(JSON.parse(text))
    return parsed.success ? parsed.data : null
  } catch (error) {
    // Damaged, it is as good as missing: everything is fetched again.
    if (!(error instanceof SyntaxError)) ignoreFileErrors(error)
    return null
  }
}

function stateFolder(dataDir: string): string {
  return join(dataDir, 'github')
}

function statePath(dataDir: string, path: string): string {
  return join(stateFolder(dataDir), `${sha256(Buffer.from(path)).slice(0, 32)}.json`)
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
