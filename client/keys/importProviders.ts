import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import path from 'node:path'
import { l10n, type QuickPickItem, QuickPickItemKind, type Uri, window, workspace } from 'vscode'
import type { ImportEntry, ImportPlan, ImportSource } from '../../protocol/imports.ts'
import { assertNever } from '../../protocol/names.ts'
import { describeEntry, describeForm } from '../../shared/describe/imports.ts'
import { keyEnding } from '../../shared/keys/keyShape.ts'
import type { Api } from '../connection/api.ts'
import { describeProblem, language, plural } from '../describe/language.ts'
import { pick } from '../forms/pick.ts'
import { trustedFolder } from '../runs/chooseFolder.ts'
import type { MoveParts } from './moveKeys.ts'

/** Shows what settings of other programs hold, and makes what is chosen. Nothing that is there is changed. */
export async function importProviders(api: Api, files: readonly Uri[], parts: MoveParts): Promise<void> {
  const sources = files.length > 0 ? files.map(fileSource) : await chooseSources()
  if (sources.length === 0) return
  const folder = trustedFolder(files[0] ?? null) ?? trustedFolder(workspace.workspaceFolders?.[0]?.uri ?? null)
  const asked = { sources, ...(folder === null ? {} : { workspaceFolder: folder }) }
  const plan = await api.request('import/plan', asked)
  if (!plan.ok) return parts.notifier.showFailure(plan.reason)
  const chosen = await chooseEntries(plan.value)
  if (chosen === undefined) return
  const ids = chosen.filter(({ state }) => state === 'new').map(({ id }) => id)
  if (ids.length > 0) {
    const made = await api.request('import/apply', { ...asked, digest: plan.value.digest, ids })
    if (!made.ok) return parts.notifier.showFailure(made.reason)
    for (const { reason } of made.value.failed) void parts.notifier.showFailure(reason)
    if (made.value.made.length > 0)
      void window.showInformationMessage(
        plural(made.value.made.length, '{0} entry was taken over.', '{0} entries were taken over.'),
      )
  }
  await offerKeys(api, chosen, parts)
}

function fileSource({ fsPath }: Pick<Uri, 'fsPath'>): ImportSource {
  return { kind: 'file', path: fsPath }
}

/** Where the programs keep their settings unless somebody moved them. */
function usualFiles(): string[] {
  const home = homedir()
  const settings =
    process.env.APPDATA ?? path.join(home, process.platform === 'darwin' ? 'Library/Application Support' : '.config')
  return [
    path.join(home, '.continue', 'config.yaml'),
    path.join(settings, 'Code', 'User', 'chatLanguageModels.json'),
    path.join(settings, 'io.datasette.llm', 'keys.json'),
    path.join(settings, 'io.datasette.llm', 'aliases.json'),
    path.join(settings, 'io.datasette.llm', 'extra-openai-models.yaml'),
    path.join(home, '.cline', 'data', 'globalState.json'),
  ].filter((file) => existsSync(file))
}

async function chooseSources(): Promise<ImportSource[]> {
  const other = l10n.t('Another file…')
  const found = usualFiles().map((file) => ({
    label: `$(file) ${path.basename(file)}`,
    description: path.dirname(file),
    value: [fileSource({ fsPath: file })],
  }))
  const chosen = await pick<ImportSource[] | null>(l10n.t('Import providers'), l10n.t('From where?'), [
    ...found,
    { label: `$(symbol-variable) ${l10n.t('Environment variables')}`, value: [{ kind: 'environment' }] },
    { label: `$(folder-opened) ${other}`, value: null },
  ])
  if (chosen !== null) return chosen ?? []
  const files = await window.showOpenDialog({ canSelectMany: true, title: l10n.t('Import providers') })
  return (files ?? []).map(fileSource)
}

type Row = QuickPickItem & { entry?: ImportEntry }

/** New entries are chosen to begin with; what is there already, and what is left out with its reason, stands below them. */
async function chooseEntries(plan: ImportPlan): Promise<ImportEntry[] | undefined> {
  const fresh = plan.entries.filter(({ state }) => state === 'new')
  const there = plan.entries.filter(({ state }) => state === 'exists')
  const rows: Row[] = [
    ...fresh.map((entry) => ({ ...rowOf(entry), picked: true })),
    ...(there.length > 0 ? [separator(l10n.t('There already, and not changed'))] : []),
    ...there.map(rowOf),
    ...(plan.left.length > 0 ? [separator(l10n.t('Left out'))] : []),
    ...plan.left.map((each) => ({ label: `$(circle-slash) ${each.name}`, detail: describeLeft(each) })),
  ]
  const chosen = await window.showQuickPick(rows, {
    title: l10n.t('Import providers'),
    placeHolder: [...new Set(plan.forms.map(({ form }) => describeForm(language, form)))].join(', '),
    canPickMany: true,
    ignoreFocusOut: true,
    matchOnDetail: true,
  })
  return chosen?.flatMap(({ entry }) => entry ?? [])
}

function separator(label: string): Row {
  return { label, kind: QuickPickItemKind.Separator }
}

function rowOf(entry: ImportEntry): Row {
  const place = entry.line === null ? '' : l10n.t('{0}, line {1}', path.basename(entry.source), entry.line)
  return {
    ...nameOf(entry),
    detail: [describeEntry(language, entry), place].filter((part) => part !== '').join(' · '),
    entry,
  }
}

function nameOf(entry: ImportEntry): Pick<Row, 'label' | 'description'> {
  switch (entry.what) {
    case 'provider':
      return { label: `$(server) ${entry.provider}`, description: l10n.t('provider') }
    case 'model':
      return { label: `$(symbol-misc) ${entry.model}`, description: l10n.t('model of {0}', entry.provider) }
    case 'alias':
      return { label: `$(tag) ${entry.alias}`, description: l10n.t('alias') }
    case 'profile':
      return { label: `$(checklist) ${entry.name}`, description: l10n.t('profile') }
    default:
      return assertNever(entry)
  }
}

function describeLeft({ source, line, ...said }: ImportPlan['left'][number]): string {
  const place = line === null ? path.basename(source) : l10n.t('{0}, line {1}', path.basename(source), line)
  return `${describeProblem(said)} · ${place}`
}

type ProviderEntry = Extract<ImportEntry, { what: 'provider' }>

/** Keys are copied only when a person agrees; the files keep theirs, because their programs need them. */
async function offerKeys(api: Api, chosen: readonly ImportEntry[], { secrets, notifier }: MoveParts): Promise<void> {
  const withKey = chosen.filter(
    (entry): entry is ProviderEntry => entry.what === 'provider' && entry.key?.at === 'file',
  )
  if (withKey.length === 0) return
  const copy = l10n.t('Copy')
  const names = withKey.map(({ provider, endpoint }) => `${provider} (${originOf(endpoint)})`).join(', ')
  const question = plural(
    withKey.length,
    'Copy {0} key into the secret store, to be sent to its own address only? {1}',
    'Copy {0} keys into the secret store, each to be sent to its own address only? {1}',
    names,
  )
  const detail = l10n.t('The files keep their keys, because their own programs need them.')
  if ((await window.showInformationMessage(question, { modal: true, detail }, copy)) !== copy) return
  for (const entry of withKey) {
    const key = await readKey(entry)
    const before = await secrets.boundTo(entry.provider)
    if (key === null || before !== null) {
      void window.showWarningMessage(
        key === null
          ? l10n.t('The key of "{0}" could not be read: set it by hand.', entry.provider)
          : l10n.t('"{0}" has a key already, which stays.', entry.provider),
      )
      continue
    }
    await secrets.store(entry.provider, key, originOf(entry.endpoint))
    await api.notify('secret/changed', { provider: entry.provider })
    notifier.log(`key of "${entry.provider}" copied from ${entry.key?.at === 'file' ? entry.key.name : ''}`)
  }
}

function originOf(endpoint: string | null): string {
  return endpoint === null ? '' : new URL(endpoint).origin
}

/** By its line and its last characters; null: it is not there any more, or there is more than one. */
async function readKey({ key }: ProviderEntry): Promise<string | null> {
  if (key?.at !== 'file') return null
  const text = await readFile(key.file, 'utf8').catch(() => '')
  const line = text.split('\n')[key.line - 1] ?? ''
  const found = line.split(/["'\s,{}[\]]+/).filter((part) => part.length >= 12 && keyEnding(part) === key.ending)
  return new Set(found).size === 1 ? (found[0] ?? null) : null
}
