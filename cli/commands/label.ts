import path from 'node:path'
import type { Command } from 'commander'
import type { Params } from '../../protocol/contract.ts'
import type { CriterionValue } from '../../protocol/criteria.ts'
import { goldenFile, type LabelImport, type LabelPage, type LabelView } from '../../protocol/labels.ts'
import { maxPageRows } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ResultRecord } from '../../protocol/results.ts'
import { criteriaCell } from '../../shared/criteriaText.ts'
import { fail } from '../../shared/fail.ts'
import { type Host, type Invocation, print, printNote } from '../invocation/invocation.ts'
import { UsageError } from '../invocation/usageError.ts'
import { findResult } from '../labels/findResult.ts'
import { readAnswer } from '../results/resultQuery.ts'
import { profileOf } from '../runs/runRequest.ts'
import { count } from '../terminal/format.ts'
import { oneLine } from '../terminal/plainText.ts'
import { type Column, renderTable } from '../terminal/table.ts'
import type { Sink } from '../terminal/terminal.ts'
import { collect, type Execute, examples, wholeNumber } from './execute.ts'
import { runId } from './results.ts'

const profileHelp = 'the profile whose weights count for scores, as in a run'

export function addLabelCommands(program: Command, execute: Execute): void {
  const label = program
    .command('label')
    .summary('your own verdicts on items: the golden set')
    .description(
      `Labels are lines of ${goldenFile} in this folder. Results show them, and evaluate measures with them.`,
    )
    .addHelpText(
      'after',
      examples(
        'llm-providers label set 20261121t093000000z-4f7k2m 104 --category Performance --interest 8 --quality 7',
        'llm-providers label import issues.results.csv',
        'llm-providers label list --search crash',
      ),
    )
  addList(label, execute)
  addSet(label, execute)
  addRemove(label, execute)
  addImport(label, execute)
}

interface ListOptions {
  search?: string
  category?: string[]
  limit: number
  cursor?: string
  profile?: string
}

function addList(label: Command, execute: Execute): void {
  label
    .command('list')
    .summary('the labels of this folder')
    .option('--search <words>', 'only those that contain these words')
    .option('--category <name>', 'only those with this category; repeat it to widen', collect)
    .option('--limit <n>', 'rows per page', wholeNumber(1, maxPageRows), 50)
    .option('--cursor <cursor>', 'the page to show, as named by the previous one')
    .option('--profile <profile>', profileHelp)
    .action(({ search, category, limit, cursor, profile }: ListOptions, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const filter = { ...(search === undefined ? {} : { search }), ...(category ? { categories: category } : {}) }
        const request = { ...placeOf(invocation, profile), filter, limit, cursor: cursor ?? null }
        const page = await client.request('label/list', request)
        const code = await print(invocation, page, (value) => labelsText(invocation.terminal.stdout, value))
        if (page.ok && !invocation.json) await printBrokenRows(invocation, page.value)
        return code
      }),
    )
}

interface SetOptions {
  accept?: boolean
  category?: string[]
  nothingFits?: boolean
  interest?: number
  quality?: number
  criterion?: string[]
  note?: string
}

function addSet(label: Command, execute: Execute): void {
  label
    .command('set')
    .summary('correct the result of an item; options that are not given stay as they are')
    .argument('<run>', 'the id of the run', runId)
    .argument('<item>', 'the id of the item, or the beginning of its hash where several have the id')
    .option('--accept', 'as the model has it; what else is given goes before that')
    .option('--category <name>', 'a category of the item; repeat it for more, the best one first', collect)
    .option('--nothing-fits', 'no category fits')
    .option('--interest <points>', 'from 0 to 10', wholeNumber(0, 10))
    .option('--quality <points>', 'from 0 to 10', wholeNumber(0, 10))
    .option(
      '--criterion <name=value>',
      "an answer to one of the profile's criteria, such as Severity=4; repeat it",
      collect,
    )
    .option('--note <text>', 'a note for people')
    .action((run: string, item: string, options: SetOptions, command: Command) =>
      execute(command, async (invocation, host) => {
        const named = saidBy(options)
        const { workingFolder } = invocation.terminal
        const record = await findResult(host.client, { run, item, folder: workingFolder })
        if (!record.ok) return print(invocation, record, () => '')
        const { id, inputHash } = record.value
        const said = { ...(options.accept ? verdictOf(record.value) : {}), ...named }
        const request = { ...placeOf(invocation), label: { id, inputHash, runId: run, ...said } }
        const saved = await host.client.request('label/save', request)
        return print(invocation, saved, (value) => labelsTable(invocation.terminal.stdout, [value]))
      }),
    )
}

/** `Severity=4`, `true positive=yes`; an empty value takes the answer back. */
function readCriteria(given: readonly string[]): Record<string, CriterionValue | null> {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=')
      if (at < 1) throw new UsageError(`--criterion is NAME=VALUE, not "${oneLine(text)}"`)
      return [text.slice(0, at).trim(), readAnswer(text.slice(at + 1).trim())]
    }),
  )
}

/** Only what there is: a failed item has no verdict to agree with. */
function verdictOf({ categories, interest, quality, criteria }: ResultRecord) {
  const judged = Object.entries({ categories, interest, quality, criteria }).filter(([, value]) => value != null)
  if (judged.length === 0) throw new UsageError('The item has no verdict to accept')
  return Object.fromEntries(judged) as Pick<Params<'label/save'>['label'], 'categories'>
}

function saidBy({ accept, category, nothingFits, interest, quality, criterion, note }: SetOptions) {
  if (category && nothingFits) throw new UsageError('--category and --nothing-fits contradict each other')
  const categories = nothingFits ? [] : category
  const criteria = criterion ? readCriteria(criterion) : undefined
  const said = Object.entries({ categories, interest, quality, criteria, note }).filter(
    ([, value]) => value !== undefined,
  )
  if (said.length > 0 || accept)
    return Object.fromEntries(said) as Pick<Params<'label/save'>['label'], 'categories' | 'note'>
  throw new UsageError(
    'Nothing to set: give --accept, --category, --nothing-fits, --interest, --quality, --criterion or --note',
  )
}

function addRemove(label: Command, execute: Execute): void {
  label
    .command('remove')
    .summary('remove the label of an item')
    .argument('<item>', 'its id, or its hash where several have the id')
    .action((item: string, _options: object, command: Command) =>
      execute(command, async (invocation, host) => {
        const found = await findLabel(invocation, host, item)
        if (!found.ok) return print(invocation, found, () => '')
        const { inputHash } = found.value
        const removed = await host.client.request('label/remove', { ...placeOf(invocation), inputHash })
        return print(invocation, removed, () => `The label of ${oneLine(found.value.id)} is removed.`)
      }),
    )
}

async function findLabel(invocation: Invocation, { client }: Pick<Host, 'client'>, item: string) {
  const found: LabelView[] = []
  let cursor: string | null = null
  do {
    const page: Outcome<LabelPage> = await client.request('label/list', { ...placeOf(invocation), cursor })
    if (!page.ok) return page
    found.push(...page.value.rows.filter(({ id, inputHash }) => id === item || inputHash === item))
    cursor = page.value.next
  } while (cursor !== null)
  const [only, ...others] = found
  if (others.length > 0) throw new UsageError(`${found.length} labels have the id "${oneLine(item)}": name its hash`)
  return only ? succeed(only) : fail({ code: 'not_found', what: 'label', id: item })
}

function addImport(label: Command, execute: Execute): void {
  label
    .command('import')
    .summary('import what you changed in a results file, or texts with their categories')
    .argument('<file>', 'JSONL, CSV or JSON: the columns of a results file, or text, categories, interest, quality')
    .option('--profile <profile>', 'the profile whose category names count, as in a run')
    .action((file: string, { profile }: { profile?: string }, command: Command) =>
      execute(command, async (invocation, { client }) => {
        const named = path.resolve(invocation.terminal.workingFolder, file)
        const imported = await client.request('label/import', { ...placeOf(invocation, profile), path: named })
        return print(invocation, imported, importText)
      }),
    )
}

function importText({ added, changed, same, left, problems }: LabelImport): string {
  const told = problems.slice(0, 10).map(({ line, message }) => `  row ${line}: ${oneLine(message)}`)
  const more = left > told.length ? [`  … and ${left - told.length} more`] : []
  const sum = `${count(added, 'label')} added, ${changed} changed, ${same} as they were, ${left} left out`
  return [sum, ...told, ...more].join('\n')
}

export function placeOf({ terminal: { workingFolder } }: Pick<Invocation, 'terminal'>, profile?: string) {
  return {
    workspaceFolder: workingFolder,
    ...(profile === undefined ? {} : { profile: profileOf(profile, workingFolder) }),
  }
}

function labelsText(sink: Sink, { rows, total, path: file }: LabelPage): string {
  if (total === 0) return `There is no label in ${file} yet.`
  const rest = rows.length < total ? `\n${count(total, 'label')} in total` : ''
  return `${labelsTable(sink, rows)}${rest}`
}

function labelsTable(sink: Sink, rows: readonly LabelView[]): string {
  const hasCriteria = rows.some(({ criteria }) => criteria !== undefined)
  return renderTable(sink, hasCriteria ? columns : columns.filter(({ heading }) => heading !== 'criteria'), rows)
}

const points = (value: number | null): string => (value === null ? '' : String(value))
const columns: Column<LabelView>[] = [
  { heading: 'id', text: ({ id }) => id, most: 24 },
  { heading: 'categories', text: ({ categories }) => categoriesText(categories), most: 36 },
  { heading: 'interest', text: ({ interest }) => points(interest), align: 'right' },
  { heading: 'quality', text: ({ quality }) => points(quality), align: 'right' },
  { heading: 'criteria', text: ({ criteria }) => criteriaCell(criteria), most: 36 },
  { heading: 'score', text: ({ score }) => (score === null ? '' : score.toFixed(1)), align: 'right' },
  { heading: 'text', text: ({ text }) => text.slice(0, 300), share: 1 },
]

function categoriesText(categories: readonly string[] | null): string {
  if (categories === null) return ''
  return categories.length === 0 ? 'no category' : categories.join(', ')
}

async function printBrokenRows(invocation: Invocation, { problems, path: file }: LabelPage): Promise<void> {
  for (const { line, message } of problems.slice(0, 10)) {
    await printNote(invocation, `${oneLine(file)}, line ${line}: ${oneLine(message)}. It stays as it is.`)
  }
}
