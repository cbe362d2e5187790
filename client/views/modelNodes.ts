import { l10n } from 'vscode'
import type { RegisteredModel } from '../../protocol/models.ts'
import type { Task } from '../../protocol/names.ts'
import type { ModelInfo } from '../../protocol/providers.ts'
import { tellBytes } from '../bytes.ts'
import { taskTitle } from '../reasonWords.ts'
import type { Snapshot } from '../snapshot.ts'
import { type Fact, tasksOf } from './providerNodes.ts'

/** A model with all that is known of it: as it is listed, as it is registered, and what uses it. */
export interface KnownModel {
  info: ModelInfo
  registered: RegisteredModel | undefined
  uses: readonly Task[]
}

export function knownModel(snapshot: Snapshot, provider: string, info: ModelInfo): KnownModel {
  const registered = snapshot.models.find((row) => row.provider === provider && row.model === info.model)
  return { info, registered, uses: tasksOf(snapshot, provider, info.model) }
}

/** The kind of provider says whether models can be brought to its machine and removed from there. */
export function canPull(snapshot: Snapshot, view: { kind: string }): boolean {
  return snapshot.kinds.some(({ kind, canPull }) => kind === view.kind && canPull)
}

export function modelIcon({ info, registered, uses }: KnownModel, now: number): string {
  if (endWords(info, registered, now) !== null) return 'warning'
  if (uses.length > 0) return 'target'
  return info.leavesMachine ? 'cloud' : 'symbol-misc'
}

/** "Categorization, Scoring · default · 4.1 GB · loaded · leaves this machine · ends on 2026-12-01, use gpt-6" */
export function describeModel({ info, registered, uses }: KnownModel, now: number): string {
  const parts = [
    uses.map(taskTitle).join(', '),
    registered?.isDefault ? l10n.t('default') : '',
    registered?.status === 'inactive' ? l10n.t('switched off') : '',
    info.type === 'embedding' ? l10n.t('embedding') : '',
    info.sizeBytes ? tellBytes(info.sizeBytes) : '',
    info.loaded ? l10n.t('loaded') : '',
    info.leavesMachine ? l10n.t('leaves this machine') : '',
    endWords(info, registered, now) ?? '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** What a provider announced of a model's end, with the date and what replaces it; null: nothing. */
export function endWords(info: ModelInfo, registered: RegisteredModel | undefined, now: number): string | null {
  const { shutdownAt, deprecatedAt, replacement } = registered?.lifecycle ?? info
  const end = shutdownAt ?? null
  const instead = replacement ? [l10n.t('use {0}', replacement)] : []
  if (end !== null) return [datedEnd(end, now), ...instead].join(', ')
  if (deprecatedAt) return [l10n.t('deprecated since {0}', deprecatedAt.slice(0, 10)), ...instead].join(', ')
  return info.deprecated ? [l10n.t('deprecated'), ...instead].join(', ') : null
}

function datedEnd(shutdownAt: string, now: number): string {
  const day = shutdownAt.slice(0, 10)
  return Date.parse(shutdownAt) <= now ? l10n.t('shut down on {0}', day) : l10n.t('ends on {0}', day)
}

/** The facts of a model as label and text, in the order of a tooltip. */
export function modelFacts({ info, registered, uses }: KnownModel, now: number): Fact[] {
  const { contextTokens, dimensions, capabilities } = info
  return [
    { label: l10n.t('Model'), text: info.model },
    { label: l10n.t('Used for'), text: uses.length > 0 ? uses.map(taskTitle).join(', ') : null },
    { label: l10n.t('Default'), text: registered?.isDefault ? l10n.t('for {0}', registered.type) : null },
    { label: l10n.t('Announced'), text: endWords(info, registered, now) },
    { label: l10n.t('Runs'), text: info.leavesMachine ? l10n.t('elsewhere: what is sent leaves this machine') : null },
    { label: l10n.t('In memory'), text: info.loaded === undefined ? null : info.loaded ? l10n.t('yes') : l10n.t('no') },
    { label: l10n.t('Size'), text: info.sizeBytes ? tellBytes(info.sizeBytes) : null },
    { label: l10n.t('Parameters'), text: info.parameterSize ?? null },
    { label: l10n.t('Quantization'), text: info.quantization ?? null },
    {
      label: l10n.t('Context'),
      text: contextTokens ? l10n.t('{0} tokens', contextTokens.toLocaleString('en-US')) : null,
    },
    { label: l10n.t('Vectors'), text: dimensions ? l10n.t('{0} dimensions', dimensions) : null },
    { label: l10n.t('Able to'), text: capabilities && capabilities.length > 0 ? capabilities.join(', ') : null },
  ].filter((fact): fact is Fact => fact.text !== null)
}
