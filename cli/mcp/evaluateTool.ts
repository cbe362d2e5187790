import type * as z from 'zod'
import type { Params } from '../../protocol/contract.ts'
import type { CandidateReport, EvaluationProgress, EvaluationReport } from '../../protocol/evaluation.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Client } from '../invocation/client.ts'
import { profileIn, refuseRun, refuseSpending } from './judgeTools.ts'
import { type Exchange, type McpSession, pathsInside, reasonText, refuseUse } from './session.ts'
import { EvaluateAnswer, EvaluateInput } from './shapes.ts'
import { defineTool, type Tool } from './tool.ts'

type Answer = Outcome<z.input<typeof EvaluateAnswer>>

export const evaluateTool: Tool = defineTool({
  name: 'evaluate',
  title: 'Compare models with labels',
  description:
    'Reads a stored evaluation; or, with candidates, measures how well providers and models agree with the labels of the folder. Measuring needs --allow-runs; `estimate: true` works without.',
  input: EvaluateInput,
  output: EvaluateAnswer,
  isReadOnly: false,
  call: evaluate,
})

async function evaluate(session: McpSession, given: EvaluateInput, exchange: Exchange): Promise<Answer> {
  const { client } = session
  const { candidates, id } = given
  if (candidates === undefined) return await readStored(session, id)
  if (id !== undefined) return refuseUse(session, 'Name either an evaluation or candidates')
  if (given.estimate !== true && !session.allowsRuns) return refuseRun(session)
  const request = await requestOf(session, { ...given, candidates })
  if (!request.ok) return request
  if (given.estimate === true) return await estimate(session, request.value)
  const held = session.spending.hold(given.maxCostUsd)
  if (held === null) return refuseSpending(session)
  let spentUsd = 0
  try {
    const cap = held.usd === undefined ? {} : { maxCostUsd: held.usd }
    const ended = await follow(client, { ...request.value, ...cap }, exchange)
    if (!ended.ok) return ended
    spentUsd = ended.value.candidates.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0)
    return succeed({ estimate: null, report: reportAnswer(session, ended.value) })
  } finally {
    session.spending.spend(held.usd, spentUsd)
  }
}

async function requestOf(
  session: McpSession,
  {
    candidates,
    profile,
    golden,
    tasks,
    limit,
  }: EvaluateInput & { candidates: NonNullable<EvaluateInput['candidates']> },
): Promise<Outcome<Params<'evaluation/start'>>> {
  const place = await profileIn(session, profile)
  if (!place.ok) return place
  const file = await pathsInside(session, golden === undefined ? [] : [golden])
  if (!file.ok) return file
  const most = Math.min(limit ?? Number.POSITIVE_INFINITY, session.mostItems ?? Number.POSITIVE_INFINITY)
  return succeed({
    ...place.value,
    candidates,
    ...(file.value[0] === undefined ? {} : { goldenPath: file.value[0] }),
    ...(tasks ? { tasks } : {}),
    ...(Number.isFinite(most) ? { limit: most } : {}),
  })
}

async function estimate(session: McpSession, request: Params<'evaluation/start'>): Promise<Answer> {
  const found = await session.client.request('evaluation/estimate', request)
  if (!found.ok) return found
  const { items, costUsd, candidates } = found.value
  return succeed({
    estimate: {
      items,
      costUsd,
      candidates: candidates.map(({ candidate, reason }) => ({
        name: [candidate.provider ?? 'current routes', candidate.model ?? []].flat().join('/'),
        reason: reason === null ? null : reasonText(session, reason),
      })),
    },
    report: null,
  })
}

/** The newest where none is named. */
async function readStored(session: McpSession, id: string | undefined): Promise<Answer> {
  const { client } = session
  const newest = id === undefined ? await client.request('evaluation/list', { limit: 1 }) : null
  if (newest && !newest.ok) return newest
  const chosen = id ?? newest?.value.rows[0]?.id
  if (chosen === undefined) return refuseUse(session, 'There is no evaluation yet. Name candidates to make one')
  const report = await client.request('evaluation/read', { id: chosen })
  return report.ok ? succeed({ estimate: null, report: reportAnswer(session, report.value) }) : report
}

/** Starts one and stays with it; a call that is taken back cancels it. */
async function follow(
  client: Client,
  request: Params<'evaluation/start'>,
  { signal, progress }: Exchange,
): Promise<Outcome<EvaluationReport>> {
  const latest = new Map<string, EvaluationProgress>()
  let onProgress: (each: EvaluationProgress) => void = () => undefined
  const listening = client.onNotification('evaluation/progress', (each) => {
    latest.set(each.id, each)
    onProgress(each)
  })
  try {
    const started = await client.request('evaluation/start', request)
    if (!started.ok) return started
    const { id } = started.value
    const takenBack = await new Promise<boolean>((resolve) => {
      onProgress = (each) => {
        if (each.id !== id) return
        progress(each.done, each.total, each.current ?? each.state)
        if (each.state !== 'running') resolve(false)
      }
      const known = latest.get(id)
      if (known) onProgress(known)
      if (signal.aborted) resolve(true)
      else signal.addEventListener('abort', () => resolve(true), { once: true })
    })
    return await client.request(takenBack ? 'evaluation/cancel' : 'evaluation/read', { id })
  } finally {
    listening.dispose()
  }
}

function reportAnswer(session: McpSession, report: EvaluationReport) {
  const { reason, golden, candidates } = report
  return {
    ...report,
    reason: reason === null ? null : reasonText(session, reason),
    labels: golden.used,
    candidates: candidates.map((candidate) => candidateAnswer(session, candidate)),
  }
}

function candidateAnswer(session: McpSession, candidate: CandidateReport) {
  const { reason, categorization, scoring } = candidate
  return {
    ...candidate,
    reason: reason === null ? null : reasonText(session, reason),
    accuracy: categorization?.accuracy ?? null,
    macroF1: categorization?.macro.f1 ?? null,
    kappa: categorization?.kappa ?? null,
    scoreError: scoring?.score?.meanAbsolute ?? null,
  }
}
