import { l10n, type QuickPickItem, window } from 'vscode'
import { assertNever } from '../../protocol/names.ts'
import type { Reason } from '../../protocol/reasons.ts'
import type { RunView, StopWhen } from '../../protocol/runs.ts'
import type { SourceDescription, SourceSettings, SourceSpec } from '../../protocol/sources.ts'
import type { Api } from '../connection/api.ts'
import { describeReason, formatUsd } from '../describe/language.ts'
import type { Notifier } from '../forms/notifier.ts'
import { pick } from '../forms/pick.ts'

type Rule = Extract<Reason, { code: 'stop_rule' }>['rule']

/**
 * Where a rule has stopped the run, asks whether it goes on without it. Null: the rules stay, which gives it as many items, or as
 * much time, as before; undefined: the person left.
 */
export async function askStopRule(run: RunView): Promise<StopWhen | null | undefined> {
  const without = withoutItsRule(run)
  if (without === null) return null
  return await pick<StopWhen | null>(l10n.t('Resume run'), run.reason ? describeReason(run.reason) : run.source, [
    {
      label: l10n.t('Continue with this rule'),
      description: l10n.t('the same amount again before it stops'),
      value: null,
    },
    { label: l10n.t('Continue without this rule'), value: without },
  ])
}

/** The run's rules but the one that has stopped it; null: none has. */
export function withoutItsRule({ state, reason, stopWhen = {} }: RunView): StopWhen | null {
  if (state !== 'stopped' || reason?.code !== 'stop_rule') return null
  return { ...stopWhen, ...switchedOff(reason.rule) }
}

function switchedOff(rule: Rule): StopWhen {
  switch (rule) {
    case 'time':
      return { maxSeconds: undefined }
    case 'failed':
    case 'failed_in_row':
      return { failedShare: null }
    case 'invalid':
    case 'unusable':
      return { invalidShare: null }
    case 'same_category':
      return { sameCategoryShare: null }
    default:
      return assertNever(rule)
  }
}

/**
 * Asks which fields hold the text and the id, where a file does not say it itself, and remembers the answer for the next time.
 * False: the person left. Whatever else is wrong with the source is reported when the run starts.
 */
export async function askFields(api: Api, source: SourceSpec, notifier: Notifier): Promise<boolean> {
  if (source.kind !== 'paths' || source.paths.length !== 1) return true
  const [path] = source.paths as [string]
  const table = await askTable(api, source)
  if (table === undefined) return false
  const described = await api.request('source/describe', { source: { ...source, ...table } })
  if (!described.ok || described.value.text !== null || described.value.fields.length === 0)
    return await remember(api, notifier, path, table)
  const text = await pickFields(described.value)
  if (text === undefined) return false
  const id = await pickId(described.value)
  if (id === undefined) return false
  const settings: SourceSettings = { ...table, text, ...(id === null ? {} : { id }) }
  return await remember(api, notifier, path, settings)
}

/** False: it could not be, which was shown. */
async function remember(api: Api, notifier: Notifier, path: string, settings: SourceSettings): Promise<boolean> {
  if (Object.keys(settings).length === 0) return true
  const remembered = await api.request('source/remember', { path, settings })
  if (!remembered.ok) await notifier.showFailure(remembered.reason)
  return remembered.ok
}

/** Asks which of several sheets or tables holds the items. Empty: there is nothing to ask; undefined: the person left. */
async function askTable(api: Api, source: SourceSpec): Promise<Pick<SourceSettings, 'sheet' | 'table'> | undefined> {
  const described = await api.request('source/describe', { source })
  const tables = described.ok ? null : tablesOf(described.reason)
  if (tables === null) return {}
  const rows = tables.names.map((label) => ({ label }))
  const chosen = await window.showQuickPick(rows, { title: titleOf(tables.setting) })
  return chosen && { [tables.setting]: chosen.label }
}

type Tables = NonNullable<Extract<Reason, { code: 'source_invalid' }>['tables']>

/** Several sheets or tables of which nobody has said which holds the items; a statement can be corrected only where it was written. */
function tablesOf(reason: Reason): Tables | null {
  const tables = reason.code === 'source_invalid' ? reason.tables : undefined
  return tables && tables.setting !== 'query' ? tables : null
}

function titleOf(setting: Tables['setting']): string {
  return setting === 'sheet' ? l10n.t('Which sheet holds the items?') : l10n.t('Which table holds the items?')
}

function items({ fields }: SourceDescription): QuickPickItem[] {
  return fields.map(({ name, example }) => ({ label: name, description: example }))
}

async function pickFields(source: SourceDescription): Promise<string[] | undefined> {
  const chosen = await window.showQuickPick(items(source), {
    title: l10n.t('Which fields hold the text?'),
    placeHolder: l10n.t('Several are joined. The answer is remembered for this file.'),
    canPickMany: true,
  })
  return chosen && chosen.length > 0 ? chosen.map(({ label }) => label) : undefined
}

/** Null: there is none. */
async function pickId(source: SourceDescription): Promise<string | null | undefined> {
  const none = {
    label: l10n.t('No field'),
    description: l10n.t('Rows are identified by their content'),
    alwaysShow: true,
  }
  const chosen = await window.showQuickPick([none, ...items(source)], { title: l10n.t('Which field holds the id?') })
  if (!chosen) return undefined
  return chosen === none ? null : chosen.label
}

const mostUsd = 1_000_000

/**
 * Asks for a higher cap where the old one stopped the run: it would stop it again at once. Null: the run goes on as it is;
 * undefined: the person left.
 */
export async function askCap({ state, reason, source }: RunView): Promise<number | null | undefined> {
  if (state !== 'stopped' || reason?.code !== 'spend_cap' || reason.scope !== 'run') return null
  const { capUsd, spentUsd, neededUsd } = reason
  // A cap on what has no known price starts nothing, however high it is: the server says so.
  if (neededUsd === null) return null
  const least = spentUsd + neededUsd
  const typed = await window.showInputBox({
    title: l10n.t('Resume with a higher cap'),
    prompt: l10n.t(
      '{0}: {1} of {2} spent, and the next call may cost {3}. What may the whole run cost, in US dollars?',
      source,
      formatUsd(spentUsd),
      formatUsd(capUsd),
      formatUsd(neededUsd),
    ),
    value: String(suggestion(capUsd, least)),
    validateInput: (value) => capProblem(value, least),
  })
  return typed === undefined ? undefined : amountIn(typed)
}

/** Twice as much as before, or what the next call needs with some air, in two digits that a person would write. */
function suggestion(capUsd: number, least: number): number {
  return Number(Math.max(2 * capUsd, 1.5 * least).toPrecision(2))
}

function capProblem(typed: string, least: number): string | null {
  const amount = amountIn(typed)
  if (amount === null || amount > mostUsd) return l10n.t('An amount is written as 0.50.')
  return amount < least ? l10n.t('The next call alone needs {0} in total.', formatUsd(least)) : null
}

function amountIn(typed: string): number | null {
  const amount = /^\s*\$?\s*(\d{1,7}(?:[.,]\d{1,9})?)\s*$/.exec(typed)?.[1]
  return amount === undefined || Number(amount.replace(',', '.')) === 0 ? null : Number(amount.replace(',', '.'))
}
