import { l10n } from 'vscode'
import type { EmbeddingFindings, RegisteredModel } from '../../protocol/models.ts'
import { assertNever, type Task } from '../../protocol/names.ts'
import type { ModelInfo, ModelLifecycle } from '../../protocol/providers.ts'
import { describeModelEnd } from '../../shared/describe/model.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { tasksOf } from './describeProvider.ts'
import { type Fact, knownFacts } from './facts.ts'
import {
  describeDecisions,
  formatAge,
  formatBytes,
  formatDay,
  formatNumber,
  language,
  plural,
  taskTitle,
} from './language.ts'
import { onOneLine } from './plainText.ts'

/** A model with all that is known of it: as it is listed, as it is registered, and what uses it. */
export interface KnownModel {
  info: ModelInfo
  registered: RegisteredModel | undefined
  uses: readonly Task[]
  /** The provider was asked by the last check, listed all of its models, and this one was not among them. */
  isMissing: boolean
}

export function knownModel(snapshot: Snapshot, provider: string, info: ModelInfo): KnownModel {
  const registered = snapshot.models.find((row) => row.provider === provider && row.model === info.model)
  const list = snapshot.providers.find((view) => view.provider === provider)?.models
  const isTold = list?.state === 'fresh' && !list.isPartial
  const isMissing = isTold && !list.models.some(({ model }) => model === info.model)
  return { info, registered, uses: tasksOf(snapshot, provider, info.model), isMissing }
}

/** The kind of provider says whether models can be brought to its machine and removed from there. */
export function canPull(snapshot: Snapshot, view: { kind: string }): boolean {
  return snapshot.kinds.some(({ kind, canPull }) => kind === view.kind && canPull)
}

export function modelIcon({ info, registered, uses, isMissing }: KnownModel, now: number): string {
  if (registered?.unreadable !== undefined) return 'error'
  if (endWords(info, registered, now) !== null || info.unlistedSince || isMissing) return 'warning'
  if (registered?.status === 'inactive') return 'circle-slash'
  if (uses.length > 0) return 'target'
  return info.leavesMachine ? 'cloud' : 'symbol-misc'
}

/** "Categorization, Scoring · default · 4.1 GB · loaded · leaves this machine · ends on 2026-12-01, use gpt-6" */
export function describeModel({ info, registered, uses, isMissing }: KnownModel, now: number): string {
  const parts = [
    uses.map(taskTitle).join(', '),
    registered?.unreadable === undefined ? '' : l10n.t('what is stored of it cannot be read'),
    registered?.isDefault ? l10n.t('default') : '',
    registered?.status === 'inactive' ? l10n.t('disabled') : '',
    info.type === 'embedding' ? l10n.t('embedding') : '',
    info.type === 'decision' || info.decisions ? l10n.t('decides') : '',
    info.sizeBytes ? formatBytes(info.sizeBytes) : '',
    info.loaded ? l10n.t('loaded') : '',
    info.leavesMachine ? l10n.t('leaves this machine') : '',
    info.unlistedSince || isMissing ? l10n.t('missing from the last list') : '',
    endWords(info, registered, now) ?? '',
  ]
  return parts.filter((part) => part !== '').join(' · ')
}

/** The same of a model that is known by name only. */
export function endWordsOf(snapshot: Snapshot, provider: string, model: string, now: number): string | null {
  const { info, registered } = lookUp(snapshot, provider, model)
  return endWords(info, registered, now)
}

/** In as few words as fit into a bar: "ends 2026-12-01 → gpt-6". Null: nothing is announced. */
export function shortEndOf(snapshot: Snapshot, provider: string, model: string): string | null {
  const { shutdownAt, replacement } = endOf(snapshot, provider, model)
  const end = shutdownAt ? l10n.t('ends {0}', formatDay(shutdownAt)) : l10n.t('deprecated')
  return replacement ? `${end} → ${shorten(onOneLine(replacement))}` : end
}

function shorten(name: string): string {
  return name.length > 28 ? `${name.slice(0, 27)}…` : name
}

/** When a model ends, as far as anybody has said; all fields may be absent. */
export function endOf(snapshot: Snapshot, provider: string, model: string): Partial<ModelLifecycle> {
  const { info, registered } = lookUp(snapshot, provider, model)
  const { shutdownAt, deprecatedAt, replacement } = registered?.lifecycle ?? info.lifecycle ?? info
  return { shutdownAt: shutdownAt ?? null, deprecatedAt: deprecatedAt ?? null, replacement: replacement ?? null }
}

function lookUp(snapshot: Snapshot, provider: string, model: string): KnownModel {
  const listed = snapshot.providers.find((view) => view.provider === provider)?.models.models
  return knownModel(snapshot, provider, listed?.find((info) => info.model === model) ?? { model })
}

/** What a provider announced of a model's end, with the date and what replaces it; null: nothing. */
export function endWords(info: ModelInfo, registered: RegisteredModel | undefined, now: number): string | null {
  const { shutdownAt, deprecatedAt, replacement } = registered?.lifecycle ?? info.lifecycle ?? info
  if (!shutdownAt && !deprecatedAt && !info.deprecated) return null
  const end = describeModelEnd(language, { shutdownAt: shutdownAt ?? null, deprecatedAt: deprecatedAt ?? null }, now)
  return replacement ? `${end}, ${l10n.t('use {0}', replacement)}` : end
}

function contextWords(served: number, trained: number | undefined): string {
  return trained === undefined || trained === served
    ? l10n.t('{0} tokens', formatNumber(served))
    : l10n.t('trained for {0}, served with {1} tokens', formatNumber(trained), formatNumber(served))
}

/** The facts of a model as label and text, in the order of a tooltip. */
export function modelFacts({ info, registered, uses }: KnownModel, now: number): Fact[] {
  const { contextTokens, trainedContextTokens: trained, dimensions, capabilities } = info
  return knownFacts([
    { label: l10n.t('Model'), text: info.model },
    { label: l10n.t('Used for'), text: uses.length > 0 ? uses.map(taskTitle).join(', ') : null },
    { label: l10n.t('Default'), text: registered?.isDefault ? l10n.t('for {0}', registered.type) : null },
    { label: l10n.t('Status'), text: registered ? statusWords(registered.status) : null },
    { label: l10n.t('Cannot be read'), text: registered?.unreadable ?? null },
    { label: l10n.t('Announced'), text: endWords(info, registered, now) },
    { label: l10n.t('Listed'), text: info.unlistedSince ? unlistedWords(info.unlistedSince, now) : null },
    { label: l10n.t('Called with'), text: parameterWords(registered) },
    { label: l10n.t('Runs'), text: info.leavesMachine ? l10n.t('elsewhere: what is sent leaves this machine') : null },
    { label: l10n.t('In memory'), text: info.loaded === undefined ? null : info.loaded ? l10n.t('yes') : l10n.t('no') },
    { label: l10n.t('Size'), text: info.sizeBytes ? formatBytes(info.sizeBytes) : null },
    { label: l10n.t('Parameters'), text: info.parameterSize ?? null },
    { label: l10n.t('Quantization'), text: info.quantization ?? null },
    {
      label: l10n.t('Context'),
      text: contextTokens ? contextWords(contextTokens, trained) : null,
    },
    { label: l10n.t('Vectors'), text: vectorWords(dimensions, registered?.embedding ?? null) },
    { label: l10n.t('Decisions'), text: decisionWords(info, registered) },
    { label: l10n.t('Capabilities'), text: capabilities && capabilities.length > 0 ? capabilities.join(', ') : null },
  ])
}

/** What was measured goes before what its list says; null: it does not decide, as far as is known. */
function decisionWords({ decisions }: ModelInfo, registered: RegisteredModel | undefined): string | null {
  const limits = registered?.probe?.decisions?.limits ?? decisions
  return limits === undefined ? null : describeDecisions(limits)
}

function unlistedWords(since: string, now: number): string {
  return l10n.t('missing from the list of {0}; if the next one lacks it too, it counts as gone', formatAge(since, now))
}

export function statusWords(status: RegisteredModel['status']): string {
  switch (status) {
    case 'active':
      return l10n.t('active')
    case 'inactive':
      return l10n.t('disabled')
    case 'deprecated':
      return l10n.t('deprecated')
    default:
      return assertNever(status)
  }
}

/** "temperature 0.2, max_output_tokens 800", as the registry names them. */
function parameterWords(registered: RegisteredModel | undefined): string | null {
  const set = Object.entries(registered?.parameters ?? {}).map(([name, value]) => `${name} ${String(value)}`)
  return set.length > 0 ? set.join(', ') : null
}

/** What was measured goes before what a list says. */
function vectorWords(listed: number | undefined, measured: EmbeddingFindings | null): string | null {
  if (measured)
    return plural(
      measured.dimensions,
      '{0} dimension, measured {1}',
      '{0} dimensions, measured {1}',
      formatDay(measured.at),
    )
  return listed ? plural(listed, '{0} dimension', '{0} dimensions') : null
}
