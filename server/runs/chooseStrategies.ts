import type { DecisionQuestion } from '../../protocol/decisions.ts'
import type { Task } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReadoutProblem } from '../../protocol/reasons.ts'
import type { ResolvedRoute } from '../../protocol/routing.ts'
import type { RunRequest } from '../../protocol/runs.ts'
import { fail } from '../../shared/fail.ts'
import { jointPromptText, promptText } from '../domain/buildPrompt.ts'
import { type ProfileQuestions, questionsOf, taskOfQuestion } from '../domain/decisionQuestions.ts'
import { type PlannedDecisions, type PlanProblem, planDecisions } from '../domain/planDecisions.ts'
import type { CompiledProfile } from '../domain/work.ts'
import { DecisionStrategy } from '../engine/askByDecisions.ts'
import { ReadoutPort } from '../engine/askByReadout.ts'
import { TextStrategy } from '../engine/askByText.ts'
import { learnedStrategy } from '../engine/askLearned.ts'
import type { AskStrategy, ExampleLikeness } from '../engine/askStrategy.ts'
import type { DecisionPort, ModelClient, OfflineTurns } from '../engine/modelClient.ts'
import { sha256 } from '../items/hashes.ts'
import { tasksAsked } from './joinTasks.ts'
import type { RunContext } from './runContext.ts'

/** A task with the model that it is asked of. */
export interface RoutedModel {
  route: ResolvedRoute
  model: ModelClient
  /** In the lane `batch`: what answers its requests from there. */
  turns?: OfflineTurns
}

/** A way to ask that is decided. */
type Way = { kind: 'text' } | { kind: 'learned'; strategy: AskStrategy } | DecidingWay

/** `portFor`: what answers the questions of these tasks. */
interface DecidingWay {
  kind: 'decisions' | 'readout'
  portFor(tasks: readonly Task[]): DecisionPort
}

/**
 * How each task is asked; the one place that knows which ways there are. One strategy a task, in their order; where one model is asked
 * about both, the first of them answers the second, too. Fails with `ask_unsupported` or `questions_unfit` before anything is sent.
 */
export function chooseStrategies(
  context: RunContext,
  request: RunRequest,
  models: readonly RoutedModel[],
  profile: CompiledProfile,
  likeness?: ExampleLikeness | undefined,
): Outcome<AskStrategy[]> {
  let questions: ProfileQuestions | null = null
  const asked = (): ProfileQuestions => (questions ??= questionsOf(profile))
  const chosen: { routed: RoutedModel; way: Way }[] = []
  for (const routed of models) {
    const way = chooseWay(request, routed, profile, (labels) => (tasks) => {
      const { route, model } = routed
      const { drawMark } = context
      const questionsOfTasks = questionsFor(tasks, asked())
      const options = { provider: route.provider, model: route.model, client: model, profile, labels, drawMark }
      return new ReadoutPort({ ...options, questions: questionsOfTasks, taskOf: taskOfQuestion })
    })
    if (!way.ok) return way
    chosen.push({ routed, way: way.value })
  }
  const [first, second] = chosen
  if (first && second && request.separate !== true && decidesBoth(first, second)) {
    const both = decideBoth([first, second], asked(), profile)
    if (both) return succeed(both)
  }
  const areTexts = chosen.every(({ way }) => way.kind === 'text')
  const isJoint = areTexts && tasksAsked(request, models, profile) === 'together'
  const joint = isJoint ? { questionHash: sha256(jointPromptText(profile)) } : {}
  const strategies: AskStrategy[] = []
  for (const { routed, way } of chosen) {
    if (way.kind === 'learned') {
      strategies.push(way.strategy)
      continue
    }
    if (way.kind === 'text') {
      const { task } = routed.route
      // Whoever wants calls of their own wants no results of joint ones; else each task is paid for once, however it was asked.
      const together = request.separate === true ? [] : [sha256(jointPromptText(profile))]
      const alsoAsked = isJoint ? [sha256(promptText(task, profile))] : together
      const asked = { ...joint, alsoAsked, isJoint: isJoint && task === 'categorization' }
      strategies.push(textStrategy(context, request, routed, { profile, likeness, ...asked }))
      continue
    }
    const longestText = longestOf(routed.route.task, profile)
    const tasks = [routed.route.task]
    const port = way.portFor(tasks)
    const { limits, isOneByOne } = port
    const planned = planDecisions(tasks, asked(), profile, { limits, isOneByOne, longestText })
    if (!planned.ok) return unfit(routed, planned)
    const { plan } = planned
    strategies.push(decisionStrategy(routed, way, port, { tasks, profile, questions: asked(), plan, longestText }))
  }
  return succeed(strategies)
}

/** How a model is asked that decides in the place of another one: only so that it tells how probable its answer is. */
export function chooseProxy(
  context: RunContext,
  request: RunRequest,
  routed: RoutedModel,
  profile: CompiledProfile,
): Outcome<AskStrategy> {
  const { route, model } = routed
  if (model.learned) return learnedStrategy(route, model.learned, profile, { abstains: false })
  const canReadOut = model.readout !== undefined && model.readout.problem === undefined
  const ask = model.decisions?.isKnown ? 'decisions' : canReadOut ? 'readout' : null
  if (ask === null) {
    const { provider, model: name } = route
    return fail({ code: 'proxy_unfit', provider, model: name, why: 'no_probabilities' })
  }
  const chosen = chooseStrategies(context, { ...request, ask }, [routed], profile)
  const [strategy] = chosen.ok ? chosen.value : []
  return strategy ? succeed(strategy) : (chosen as Outcome<never>)
}

/** `auto` decides where the model is known to, and asks for a text otherwise. */
function chooseWay(
  request: RunRequest,
  routed: RoutedModel,
  profile: CompiledProfile,
  readoutOf: (labels: number) => DecidingWay['portFor'],
): Outcome<Way> {
  const { route, model } = routed
  const { decisions: port, readout = { labels: 0, problem: 'no_logprobs' } } = model
  const wanted = request.ask ?? route.options.ask ?? 'auto'
  if (model.learned) {
    // It is asked in its own way, which is that of a model that decides.
    if (wanted === 'text' || wanted === 'readout') return unsupported(routed, wanted)
    const strategy = learnedStrategy(route, model.learned, profile, { abstains: true })
    return strategy.ok ? succeed({ kind: 'learned', strategy: strategy.value }) : strategy
  }
  const ask = wanted === 'auto' ? (port?.isKnown ? 'decisions' : 'text') : wanted
  switch (ask) {
    case 'decisions':
      return port ? succeed({ kind: ask, portFor: () => port }) : unsupported(routed, ask)
    case 'readout':
      if (port?.isOnly) return unsupported(routed, ask)
      return readout.problem === undefined
        ? succeed({ kind: ask, portFor: readoutOf(readout.labels) })
        : unsupported(routed, ask, readout.problem)
    case 'text':
      return port?.isOnly ? unsupported(routed, ask) : succeed({ kind: 'text' })
    default:
      return ask satisfies never
  }
}

/** In the order in which a read-out lists them. */
function questionsFor(tasks: readonly Task[], { category, within, scores }: ProfileQuestions): DecisionQuestion[] {
  const categories = category === null ? [] : [category, ...within.values()]
  return [...(tasks.includes('categorization') ? categories : []), ...(tasks.includes('scoring') ? scores : [])]
}

function unsupported(
  { route: { provider, model } }: RoutedModel,
  ask: 'decisions' | 'readout' | 'text',
  readout?: ReadoutProblem,
): Outcome<never> {
  const why = readout === 'no_logprobs' ? 'server' : 'model'
  return fail({ code: 'ask_unsupported', provider, model, ask, why, ...(readout ? { readout } : {}) })
}

function unfit({ route: { provider, model } }: RoutedModel, problem: PlanProblem): Outcome<never> {
  const { task, wanted, most } = problem
  return fail({ code: 'questions_unfit', provider, model, task, problem: problem.problem, wanted, most })
}

/** How many may judge what nobody has measured. */
const mostUnmeasured = 10

/** Items a call for text at most; `isCapped`: more were asked for. */
export function batchFor(
  request: Pick<RunRequest, 'batchSize'>,
  { route, model: { measuredBatch } }: RoutedModel,
  limits: Pick<RunContext['limits'], 'batchSize'>,
): { size: number; isCapped: boolean } {
  const wanted = request.batchSize ?? route.options.batchSize
  if (wanted === undefined) return { size: measuredBatch ?? limits.batchSize, isCapped: false }
  const isCapped = measuredBatch === undefined && wanted > mostUnmeasured
  return { size: isCapped ? mostUnmeasured : wanted, isCapped }
}

function textStrategy(
  { limits, drawMark, random }: RunContext,
  request: RunRequest,
  { route, model }: RoutedModel,
  asked: Pick<
    ConstructorParameters<typeof TextStrategy>[0],
    'profile' | 'likeness' | 'isJoint' | 'questionHash' | 'alsoAsked'
  >,
): AskStrategy {
  return new TextStrategy({
    route,
    model,
    ...asked,
    batchSize: batchFor(request, { route, model }, limits).size,
    hasCanary: request.canary === true,
    failuresBeforeStepDown: limits.schemaFailuresBeforeStepDown,
    drawMark,
    random,
  })
}

function decidesBoth(...[one, other]: readonly [Chosen, Chosen]): boolean {
  const isSameModel =
    one.routed.route.provider === other.routed.route.provider && one.routed.route.model === other.routed.route.model
  return isSameModel && one.way.kind !== 'text' && one.way.kind === other.way.kind
}

interface Chosen {
  routed: RoutedModel
  way: Way
}

/**
 * Both tasks as questions of one request, whose text is cut where the larger of the two limits is. The second strategy asks those that
 * were categorized before. Null: a request does not hold the questions of both.
 */
function decideBoth(
  [first, second]: readonly [Chosen, Chosen],
  questions: ProfileQuestions,
  profile: CompiledProfile,
): AskStrategy[] | null {
  if (!('portFor' in first.way && 'portFor' in second.way)) return null
  const { categorizeChars, scoreChars } = profile.limits
  const longestText = Math.max(categorizeChars, scoreChars)
  const both = [first.routed.route.task, second.routed.route.task]
  const port = first.way.portFor(both)
  const { limits, isOneByOne } = port
  const plan = (tasks: readonly Task[]): PlannedDecisions =>
    planDecisions(tasks, questions, profile, { limits, isOneByOne, longestText })
  const joint = plan(both)
  const rest = plan(both.slice(1))
  if (!joint.ok || !rest.ok) return null
  const shared = { profile, questions, longestText }
  return [
    decisionStrategy(first.routed, first.way, port, { ...shared, tasks: both, plan: joint.plan }),
    decisionStrategy(second.routed, second.way, port, { ...shared, tasks: both.slice(1), plan: rest.plan }),
  ]
}

function decisionStrategy(
  { route }: RoutedModel,
  { kind }: DecidingWay,
  port: DecisionPort,
  asked: Pick<
    ConstructorParameters<typeof DecisionStrategy>[0],
    'tasks' | 'profile' | 'questions' | 'plan' | 'longestText'
  >,
): AskStrategy {
  return new DecisionStrategy({ route, port, mode: kind, ...asked })
}

function longestOf(task: Task, { limits }: CompiledProfile): number {
  return task === 'categorization' ? limits.categorizeChars : limits.scoreChars
}
