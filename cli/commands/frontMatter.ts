import { readFile, rename, rm, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { maxPageRows, type Page, RunId } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { FrontMatterChange } from '../../protocol/sources.ts'
import { fail } from '../../shared/fail.ts'
import type { Client } from '../invocation/client.ts'
import { exitCodes } from '../invocation/exitCodes.ts'
import { type Invocation, print, printNote, writeJson, writeLine } from '../invocation/invocation.ts'
import { count } from '../terminal/format.ts'
import { neutralise, oneLine } from '../terminal/plainText.ts'
import { type Execute, examples, matching } from './execute.ts'

/** Results into the notes themselves. The one command that changes a source, so it shows what it would do unless told otherwise. */
export function addFrontMatterCommand(program: Command, execute: Execute): void {
  const results = program.commands.find((command) => command.name() === 'results') ?? program.command('results')
  results
    .command('front-matter')
    .summary('results in the front matter of the notes that were judged')
    .description(
      'Shows, for each Markdown file of a run, the change of its front matter: one key, llm_providers, and no other byte. With --write the files are changed. A file that is not what was judged is left alone.',
    )
    .argument('<run>', 'the id of the run', matching(RunId, 'the id of a run'))
    .argument('[file...]', 'only these files')
    .option('--diff', 'show the changes (the default)')
    .option('--write', 'make the changes')
    .addHelpText(
      'after',
      examples(
        'llm-providers results front-matter RUN',
        'llm-providers results front-matter RUN --write notes/plan.md',
      ),
    )
    .action((run: string, files: string[], options: { write?: boolean }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const paths = await pathsOf(invocation, client, run, files)
        if (!paths.ok) return print(invocation, paths, () => '')
        return await changeFiles(invocation, client, { run, paths: paths.value, isWriting: options.write === true })
      }),
    )
}

async function pathsOf(
  { terminal }: Invocation,
  client: Client,
  runId: string,
  files: readonly string[],
): Promise<Outcome<string[]>> {
  if (files.length > 0) return succeed(files.map((file) => path.resolve(terminal.workingFolder, file)))
  const paths: string[] = []
  let cursor: string | null = null
  do {
    const page: Outcome<Page<string>> = await client.request('run/markdownFiles', { runId, cursor, limit: maxPageRows })
    if (!page.ok) return page
    paths.push(...page.value.rows)
    cursor = page.value.next
  } while (cursor !== null)
  return succeed(paths)
}

interface Left {
  path: string
  reason: Reason
}

async function changeFiles(
  invocation: Invocation,
  client: Client,
  { run, paths, isWriting }: { run: string; paths: readonly string[]; isWriting: boolean },
) {
  const changed: string[] = []
  const left: Left[] = []
  for (const file of paths) {
    const change = await client.request('run/frontMatter', { runId: run, path: file })
    const done = change.ok && isWriting ? await writeChange(change.value) : change
    if (!done.ok) left.push({ path: file, reason: done.reason })
    else if (change.ok && change.value.before !== change.value.after) {
      changed.push(file)
      if (!isWriting && !invocation.json) await writeLine(invocation, neutralise(diffOf(invocation, change.value)))
    }
  }
  if (invocation.json) await writeJson(invocation, succeed({ changed, left, isWritten: isWriting }))
  else await summarise(invocation, { changed, left, isWriting })
  return left.length > 0 ? exitCodes.someFailed : exitCodes.done
}

function diffOf({ terminal }: Invocation, { path: file, before, after }: FrontMatterChange): string {
  return lineDiff(path.relative(terminal.workingFolder, file), before, after)
}

async function summarise(
  invocation: Invocation,
  { changed, left, isWriting }: { changed: readonly string[]; left: readonly Left[]; isWriting: boolean },
): Promise<void> {
  for (const { path: file, reason } of left) {
    const named = isAbout(reason, file) ? '' : `${oneLine(file)}: `
    await printNote(invocation, `left alone: ${named}${oneLine(reason.message)}`)
  }
  const verb = isWriting ? 'changed' : 'would be changed; add --write to do it'
  await printNote(invocation, `${count(changed.length, 'file')} ${verb}`)
}

/** Its sentence names the file already. */
function isAbout(reason: Reason, file: string): boolean {
  switch (reason.code) {
    case 'source_invalid':
      return reason.source === file
    case 'output_invalid':
      return reason.path === file
    case 'conflict':
      return reason.id === file
    default:
      return false
  }
}

/** Looked at once more: an editor may have saved in between. Written beside and renamed, so that no half file is ever there. */
async function writeChange({ path: file, before, after }: FrontMatterChange): Promise<Outcome<null>> {
  const temporary = `${file}.${process.pid}.tmp`
  try {
    if ((await readFile(file, 'utf8')) !== before) return fail({ code: 'conflict', what: 'file', id: file })
    const { mode } = await stat(file)
    await writeFile(temporary, after, { mode, flag: 'wx' })
    await rename(temporary, file)
    return succeed(null)
  } catch (error) {
    await rm(temporary, { force: true })
    if (!(error instanceof Error && 'code' in error)) throw error
    return fail({ code: 'output_invalid', path: file, detail: `the system says ${String(error.code)}` })
  }
}

const around = 3

/** One hunk in the unified form: everything between the first and the last line that differ. Empty: they are the same. */
export function lineDiff(path: string, before: string, after: string): string {
  const old = before.split('\n')
  const now = after.split('\n')
  let head = 0
  while (head < Math.min(old.length, now.length) && old[head] === now[head]) head++
  if (head === old.length && head === now.length) return ''
  let tail = 0
  while (tail < Math.min(old.length, now.length) - head && old.at(-1 - tail) === now.at(-1 - tail)) tail++
  const from = Math.max(0, head - around)
  const kept = Math.max(0, tail - around)
  const lines = [
    ...old.slice(from, head).map((line) => ` ${line}`),
    ...old.slice(head, old.length - tail).map((line) => `-${line}`),
    ...now.slice(head, now.length - tail).map((line) => `+${line}`),
    ...old.slice(old.length - tail, old.length - kept).map((line) => ` ${line}`),
  ].map((line) => line.replace(/\r$/, ''))
  const place = `@@ -${from + 1},${old.length - kept - from} +${from + 1},${now.length - kept - from} @@`
  return [`--- ${path}`, `+++ ${path}`, place, ...lines].join('\n')
}
