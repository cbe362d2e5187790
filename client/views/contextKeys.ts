import { commands } from 'vscode'
import type { ServerState } from '../connection/serverLifetime.ts'
import type { Snapshot } from '../connection/snapshot.ts'
import { isCancellable, isResumable } from '../describe/describeRun.ts'
import { replacements } from '../describe/replacement.ts'

/** What menus, empty views and the walkthrough ask about; the manifest names them. */
export const contextKeys = [
  'llmProviders.server',
  'llmProviders.known',
  'llmProviders.hasProviders',
  'llmProviders.hasOpenedItems',
  'llmProviders.hasChosenCategories',
  'llmProviders.hasConnected',
  'llmProviders.hasCorrected',
  'llmProviders.hasKeyed',
  'llmProviders.hasDisabled',
  'llmProviders.hasEnabled',
  'llmProviders.hasModels',
  'llmProviders.canPull',
  'llmProviders.bothReady',
  'llmProviders.hasReplacement',
  'llmProviders.hasRuns',
  'llmProviders.hasRunning',
  'llmProviders.hasResumable',
  'llmProviders.hasHiddenRuns',
  'llmProviders.editorHasResults',
  'llmProviders.editorHasOffer',
] as const
export type ContextKey = (typeof contextKeys)[number]

/** Sets what the editor asks about; a value that it has already is not set again. */
export function createContextKeys() {
  const values = new Map<ContextKey, unknown>()
  function set(key: ContextKey, value: boolean | string) {
    if (values.get(key) === value) return
    values.set(key, value)
    void commands.executeCommand('setContext', key, value)
  }
  const keys = {
    set,
    server: (state: ServerState) => set('llmProviders.server', state.kind),
    /** Without a snapshot nothing is known, and what depends on it is not offered. */
    follow(snapshot: Snapshot | null) {
      for (const [key, value] of Object.entries(factsOf(snapshot))) set(key as ContextKey, value)
    },
    get: (key: ContextKey) => values.get(key),
  }
  keys.server({ kind: 'stopped' })
  keys.follow(null)
  return keys
}

export type ContextKeys = ReturnType<typeof createContextKeys>

function factsOf(snapshot: Snapshot | null): Partial<Record<ContextKey, boolean>> {
  const { providers = [], kinds = [], runs = [] } = snapshot ?? {}
  const pullable = new Set(kinds.filter(({ canPull }) => canPull).map(({ kind }) => kind))
  const readiness = snapshot?.readiness
  return {
    'llmProviders.known': snapshot !== null,
    'llmProviders.hasProviders': providers.length > 0,
    'llmProviders.hasKeyed': providers.some(({ key }) => key !== 'not_needed'),
    'llmProviders.hasDisabled': providers.some(({ enabled }) => !enabled),
    'llmProviders.hasEnabled': providers.some(({ enabled }) => enabled),
    'llmProviders.hasModels': providers.some(({ models }) => models.models.length > 0),
    'llmProviders.canPull': providers.some(({ kind, enabled }) => enabled && pullable.has(kind)),
    'llmProviders.bothReady': (readiness?.categorization.ready && readiness.scoring.ready) ?? false,
    'llmProviders.hasReplacement': snapshot !== null && replacements(snapshot).length > 0,
    'llmProviders.hasRuns': runs.length > 0,
    'llmProviders.hasRunning': runs.some(isCancellable),
    'llmProviders.hasResumable': runs.some(isResumable),
  }
}
