import { l10n, type QuickPickItem, window } from 'vscode'
import type { SourceDescription, SourceSettings, SourceSpec } from '../../protocol/sources.ts'
import type { Api } from '../connection/api.ts'
import type { Notifier } from '../forms/notifier.ts'

/**
 * Asks which fields hold the text and the id, where a file does not say it itself, and remembers the answer for the next time.
 * False: the person left. What is wrong with the source otherwise is told when the run starts.
 */
export async function askFields(api: Api, source: SourceSpec, notifier: Notifier): Promise<boolean> {
  const [path, ...others] = source.kind === 'paths' ? source.paths : []
  if (path === undefined || others.length > 0) return true
  const described = await api.request('source/describe', { source })
  if (!described.ok || described.value.text !== null || described.value.fields.length === 0) return true
  const text = await pickFields(described.value)
  if (text === undefined) return false
  const id = await pickId(described.value)
  if (id === undefined) return false
  const settings: SourceSettings = { text, ...(id === null ? {} : { id }) }
  const kept = await api.request('source/remember', { path, settings })
  if (!kept.ok) await notifier.showFailure(kept.reason)
  return kept.ok
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
  const none = { label: l10n.t('No field'), description: l10n.t('Rows are known by their content'), alwaysShow: true }
  const chosen = await window.showQuickPick([none, ...items(source)], { title: l10n.t('Which field holds the id?') })
  if (!chosen) return undefined
  return chosen === none ? null : chosen.label
}
