import { fail, type Outcome, succeed } from '../../protocol/outcome.ts'
import type { RunEstimate, RunRequest } from '../../protocol/runs.ts'
import { buildPrompt } from '../domain/buildPrompt.ts'
import { compileProfile } from '../domain/compileProfile.ts'
import { cutText } from '../domain/cutText.ts'
import { loadPlainText } from './items/plainText.ts'
import { batchSizeOf, openEntries, resolveRoutes } from './prepareRun.ts'
import type { RunContext } from './runContext.ts'

/** The usual rule of thumb for English; other languages take more. */
const charactersPerToken = 4

/** Reads the whole source and asks nobody. */
export async function estimateRun(
  context: RunContext,
  request: RunRequest,
  signal?: AbortSignal,
): Promise<Outcome<RunEstimate>> {
  const routes = await resolveRoutes(context, request)
  if (!routes.ok) return routes
  const profile = await context.loadProfile(request)
  if (!profile.ok) return profile
  const compiled = compileProfile(profile.value.profile)
  if (!compiled.ok) return compiled
  const opened = await openEntries(context, request)
  if (!opened.ok) return opened
  const { categorizeChars, scoreChars } = compiled.value.limits
  const limitOf = { categorization: categorizeChars, scoring: scoreChars }
  const toPlainText = await loadPlainText()
  const count = { items: 0, unreadable: 0, characters: 0 }
  const wanted = request.limit ?? Number.POSITIVE_INFINITY
  try {
    for (;;) {
      if (signal?.aborted) return fail({ code: 'cancelled' })
      const next = await opened.value.entries.next()
      if (next.done && !next.value.ok) return next.value
      if (next.done) break
      for (const entry of next.value) {
        if (count.items >= wanted) break
        count.items++
        if (entry.kind === 'broken') count.unreadable++
        else {
          const text = toPlainText(entry.text)
          for (const { task } of routes.value) count.characters += cutText(text, limitOf[task]).length
        }
      }
      if (count.items >= wanted) break
    }
  } finally {
    await opened.value.close()
  }
  let calls = 0
  let promptCharacters = 0
  for (const route of routes.value) {
    const routeCalls = Math.ceil((count.items - count.unreadable) / batchSizeOf(context, request, route))
    const frame = buildPrompt({ task: route.task, items: [], profile: compiled.value }, context.drawMark())
    calls += routeCalls
    promptCharacters += routeCalls * (frame.system.length + frame.prompt.length + JSON.stringify(frame.schema).length)
  }
  const inputTokens = Math.ceil((count.characters + promptCharacters) / charactersPerToken)
  return succeed({ ...count, calls, inputTokens, routes: routes.value })
}
