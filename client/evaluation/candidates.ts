import { l10n, type QuickPickItem, QuickPickItemKind, window } from 'vscode'
import type { Candidate } from '../../protocol/evaluation.ts'
import type { ProbeFindings } from '../../protocol/models.ts'
import { tasks } from '../../protocol/names.ts'
import type { ProviderView } from '../../protocol/providers.ts'
import type { Alias, AskMode } from '../../protocol/routing.ts'
import { askTitle } from '../../shared/describe/ask.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { describeModel, knownModel, modelIcon } from '../describe/describeModel.ts'
import { language, taskTitle } from '../describe/language.ts'
import { onOneLine } from '../describe/plainText.ts'
import type { Choice } from '../forms/pick.ts'

export type CandidateRow = Choice<Candidate>

/** The routes as they are and the baseline are chosen already: what a person mostly wants to know is whether theirs are better. */
export async function pickCandidates(
  snapshot: Snapshot,
  aliases: readonly Alias[],
  now: number,
): Promise<Candidate[] | undefined> {
  const title = l10n.t('Compare models on your corrections')
  const chosen = await window.showQuickPick<QuickPickItem>(candidateRows(snapshot, aliases, now), {
    title,
    placeHolder: l10n.t('Which ones? Each of them judges every corrected item.'),
    canPickMany: true,
    matchOnDescription: true,
  })
  const candidates = chosen?.flatMap((row) => ('value' in row ? [(row as unknown as CandidateRow).value] : []))
  return candidates && candidates.length > 0 ? candidates : undefined
}

function candidateRows(snapshot: Snapshot, aliases: readonly Alias[], now: number): QuickPickItem[] {
  const separator = (label: string): QuickPickItem => ({ label, kind: QuickPickItemKind.Separator })
  return [
    currentRow(snapshot),
    builtinRow(),
    ...(aliases.length > 0 ? [separator(l10n.t('Aliases')), ...aliases.map(aliasRow)] : []),
    ...snapshot.providers
      .filter(({ enabled, kind }) => enabled && kind !== 'builtin')
      .flatMap((view) => [separator(view.provider), ...providerRows(snapshot, view, now)]),
  ]
}

function currentRow({ routes }: Snapshot): CandidateRow {
  const routed = tasks.flatMap((task) => {
    const route = routes.find((each) => each.task === task)
    return route?.provider ? [`${taskTitle(task)}: ${onOneLine(nameOf(route.provider, route.model))}`] : []
  })
  return {
    label: `$(target) ${l10n.t('The routes as they are')}`,
    description: routed.join(' · '),
    picked: true,
    value: { provider: null },
  }
}

function builtinRow(): CandidateRow {
  const description = l10n.t('the baseline: counts words, asks nobody, costs nothing')
  return { label: '$(symbol-misc) builtin', description, picked: true, value: { provider: 'builtin' } }
}

function aliasRow({ alias, provider, model }: Alias): CandidateRow {
  const description = onOneLine(nameOf(provider, model))
  return { label: `$(tag) ${alias}`, description, value: { provider, model, alias } }
}

/** One whose models are not known judges by its own choice. */
function providerRows(snapshot: Snapshot, { provider, models }: ProviderView, now: number): CandidateRow[] {
  const offered = models.models.filter(({ type }) => type !== 'embedding')
  if (offered.length === 0) {
    const description = l10n.t('its default model')
    return [{ label: `$(symbol-misc) ${provider}`, description, value: { provider } }]
  }
  return offered.flatMap((info) => {
    const known = knownModel(snapshot, provider, info)
    const candidate = { provider, model: info.model }
    const row = {
      label: `$(${modelIcon(known, now)}) ${candidateName(candidate)}`,
      description: describeModel(known, now),
      value: candidate,
    }
    const others = otherWays(known.registered?.probe ?? null).map((ask) => ({ ...candidate, ask }))
    return [row, ...others.map((value) => ({ label: `$(beaker) ${candidateName(value)}`, value }))]
  })
}

/** Beside the one that a run takes by itself; what a probe has found to be possible. */
function otherWays(probe: ProbeFindings | null): AskMode[] {
  if (!probe) return []
  const isRead = probe.readout != null
  return [...(isRead ? ['readout' as const] : []), ...(probe.decisions ? (['decisions', 'text'] as const) : [])]
}

function nameOf(provider: string, model: string | null | undefined): string {
  return model ? `${provider}/${model}` : provider
}

/** A candidate before it has run. */
export function candidateName({ provider, model, alias, ask }: Candidate): string {
  const name =
    provider === null
      ? l10n.t('The routes as they are')
      : onOneLine(alias ? `${alias} (${nameOf(provider, model)})` : nameOf(provider, model))
  return ask === undefined ? name : l10n.t('{0} by {1}', name, askTitle(language, ask))
}
