import type { ModelInfo, ModelLifecycle } from '../../protocol/providers.ts'

/** What the product itself knows of the end of a kind's models. */
export type AnnouncedLifecycle = (kind: string, model: string) => ModelLifecycle | null

/**
 * When a model ends, by the best source: its provider's own list, what is stored of it since it was last listed, else the
 * product's dated file. What a list leaves open the file may know; a list that says "none" goes before the file.
 * Null: nobody has announced anything.
 */
export function lifecycleOfModel(
  listed: ModelInfo | undefined,
  stored: ModelLifecycle | null,
  bundled: ModelLifecycle | null,
): ModelLifecycle | null {
  if (listed && saysAnything(listed)) return liveLifecycle(listed, bundled)
  // A file that is newer than what was stored of it knows better; what the provider itself said stays true.
  return stored?.source === 'live' && !listed ? stored : bundled
}

function saysAnything({ deprecatedAt, shutdownAt, deprecated }: ModelInfo): boolean {
  return deprecatedAt !== undefined || shutdownAt !== undefined || deprecated !== undefined
}

function liveLifecycle(listed: ModelInfo, bundled: ModelLifecycle | null): ModelLifecycle | null {
  if (!listed.deprecatedAt && !listed.shutdownAt && !listed.deprecated) return null
  const { deprecatedAt = bundled?.deprecatedAt, shutdownAt = bundled?.shutdownAt, replacement } = listed
  return {
    deprecatedAt: deprecatedAt ?? null,
    shutdownAt: shutdownAt ?? null,
    // Hardly any list names one.
    replacement: replacement ?? bundled?.replacement ?? null,
    source: 'live',
  }
}

/** Whether the model is gone by now. */
export function isShutDown(lifecycle: ModelLifecycle | null, now: number): boolean {
  return lifecycle?.shutdownAt != null && Date.parse(lifecycle.shutdownAt) <= now
}
