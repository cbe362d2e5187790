import type { ModelLifecycle } from '../../protocol/providers.ts'

/** What a provider has announced, as read on a day from a page. Models are named as the provider's list spells them. */
interface Announcement {
  kind: string
  models: readonly string[]
  deprecatedAt?: string
  shutdownAt?: string
  replacement?: string
  source: string
  readOn: string
}

/**
 * Ends of models that the provider's own list does not have. OpenAI, Anthropic, Azure and OpenRouter list them, so they
 * are not here; Google, DeepSeek and Groq list nothing, Cohere and Mistral no shutdown. Few and sourced, not complete.
 */
const announcements: readonly Announcement[] = [
  {
    kind: 'google',
    models: ['gemini-2.5-pro'],
    shutdownAt: '2026-12-01',
    replacement: 'gemini-3.8-flash',
    source:
      'https://dev.to/aideprecations/what-to-do-before-gemini-25-pro-and-25-flash-are-retired-on-december-1-2026-5gg9',
    readOn: '2026-11-21',
  },
  {
    kind: 'google',
    models: ['gemini-2.5-flash'],
    shutdownAt: '2026-12-01',
    replacement: 'gemini-3.5-flash-lite',
    source:
      'https://dev.to/aideprecations/what-to-do-before-gemini-25-pro-and-25-flash-are-retired-on-december-1-2026-5gg9',
    readOn: '2026-11-21',
  },
  {
    kind: 'google',
    models: ['gemini-2.0-flash', 'gemini-2.0-flash-001'],
    shutdownAt: '2026-06-01',
    replacement: 'gemini-2.5-flash',
    source: 'https://aiweekly.co/alerts/google-retires-gemini-20-flash-001-replace-with-25-flash',
    readOn: '2026-11-21',
  },
  {
    kind: 'google',
    models: ['gemini-2.0-flash-lite', 'gemini-2.0-flash-lite-001'],
    shutdownAt: '2026-06-01',
    replacement: 'gemini-2.5-flash-lite',
    source: 'https://aiweekly.co/alerts/google-retires-gemini-20-flash-001-replace-with-25-flash',
    readOn: '2026-11-21',
  },
  {
    kind: 'google',
    models: ['gemini-3-pro-preview'],
    shutdownAt: '2026-03-09',
    replacement: 'gemini-3.1-pro-preview',
    source: 'https://ai.google.dev/gemini-api/docs/deprecations.md',
    readOn: '2026-11-21',
  },
  {
    kind: 'google',
    models: ['gemini-3.1-flash-lite'],
    shutdownAt: '2027-05-07',
    source: 'https://ai.google.dev/gemini-api/docs/deprecations',
    readOn: '2026-11-21',
  },
  {
    kind: 'deepseek',
    models: ['deepseek-chat', 'deepseek-reasoner'],
    shutdownAt: '2026-07-24T15:59:00Z',
    replacement: 'deepseek-flash',
    source: 'https://api-docs.deepseek.com/',
    readOn: '2026-11-21',
  },
  {
    kind: 'groq',
    models: ['llama-3.3-70b-versatile', 'llama-3.1-8b-instant'],
    shutdownAt: '2026-08-16',
    replacement: 'openai/gpt-oss-120b',
    source: 'https://github.com/papi-ai/groq/releases',
    readOn: '2026-11-21',
  },
  {
    kind: 'cohere',
    models: ['embed-english-v2.0', 'embed-english-light-v2.0', 'embed-multilingual-v2.0'],
    shutdownAt: '2026-04-04',
    replacement: 'embed-v4.0',
    source: 'https://docs.cohere.com/changelog/2026-04-04-embed-v2-aya-8b-retirement.md',
    readOn: '2026-11-21',
  },
  {
    kind: 'cohere',
    models: ['c4ai-aya-expanse-8b', 'c4ai-aya-vision-8b'],
    shutdownAt: '2026-04-04',
    replacement: 'command-r7b-12-2024',
    source: 'https://docs.cohere.com/changelog/2026-04-04-embed-v2-aya-8b-retirement.md',
    readOn: '2026-11-21',
  },
  {
    kind: 'cohere',
    models: ['command', 'command-light', 'command-r', 'command-r-03-2024', 'command-r-plus', 'command-r-plus-04-2024'],
    deprecatedAt: '2025-09-15',
    replacement: 'command-a-03-2025',
    source: 'https://docs.cohere.com/changelog/2025-09-15-major-command-deprecations',
    readOn: '2026-11-21',
  },
]

const byModel = new Map(
  announcements.flatMap((announcement) =>
    announcement.models.map((model) => [`${announcement.kind} ${model}`, announcement] as const),
  ),
)

/** What is known of a model's end from announcements; null: nothing. The provider's own list goes before it. */
export function lifecycleOf(kind: string, model: string): ModelLifecycle | null {
  const known = byModel.get(`${kind} ${model}`)
  if (known === undefined) return null
  return {
    deprecatedAt: instantOf(known.deprecatedAt),
    shutdownAt: instantOf(known.shutdownAt),
    replacement: lastSuccessor(known).replacement ?? null,
    source: 'bundled',
  }
}

/** A successor whose own end is announced is no advice, as long as somebody follows it. */
function lastSuccessor(known: Announcement): Announcement {
  const seen = new Set([known])
  let last = known
  for (;;) {
    const next = last.replacement === undefined ? undefined : byModel.get(`${last.kind} ${last.replacement}`)
    if (next?.shutdownAt === undefined || next.replacement === undefined || seen.has(next)) return last
    seen.add(next)
    last = next
  }
}

function instantOf(day: string | undefined): string | null {
  return day === undefined ? null : new Date(day).toISOString()
}

/** For tests, and for bringing the file up to date. */
export function listAnnouncements(): readonly Announcement[] {
  return announcements
}
