import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { ModelType, TestPlan } from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { readOrigin } from '../domain/endpointOrigin.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { namesPrompt } from './measureNames.ts'
import { isStrict, mostContradictions } from './probe.ts'
import { batchPrompt, largestBatch, mostBatchCalls } from './probeBatch.ts'
import { type KnownDecisions, tinyDecision } from './probeDecisions.ts'
import { contradictingPrompt, type ProbePrompt, temptingPrompt, tinyPrompt } from './probeItems.ts'
import { mostReadoutCalls, readoutProbe } from './probeReadout.ts'

/** What is embedded by a test: nobody's text. */
export const testText = 'A short sentence to measure a vector by.'

const allOfBatch = Array.from({ length: largestBatch }, (_, item) => item)

export interface PlannedTest {
  /** Null: only the connection. */
  model: string | null
  type: ModelType
  probe: boolean
  offered: readonly OutputMode[]
  /** Log probabilities that a call can be asked for; 0: none. */
  topLogprobs: number
  /** The model runs elsewhere although its server is here. */
  leavesMachine: boolean
  decisions: Pick<KnownDecisions, 'limits' | 'isUnlisted'>
}

/** What a test sends, shown before it is sent. */
export function planTest(open: OpenProvider, test: PlannedTest): TestPlan {
  const { endpoint } = open
  const { calls, tokens } = countCalls(test)
  const isFree = calls === 0 || endpoint === null || (readOrigin(endpoint)?.isLoopback === true && !test.leavesMachine)
  return { ...withMessage('sent', describeSent(open, test, calls)), endpoint, calls, tokens, isFree }
}

type Count = Pick<TestPlan, 'calls' | 'tokens'>

function countCalls({ model, type, probe, offered, topLogprobs, decisions }: PlannedTest): Count {
  if (model === null) return countOf([])
  switch (type) {
    case 'embedding':
      return { calls: 1, tokens: { input: Math.ceil(testText.length / 4), output: 0 } }
    case 'generation': {
      const mark = 'markmarkmark'
      if (!probe) return countOf(offered.map(() => tinyPrompt(mark)))
      const text = countOf([
        ...offered.map(() => temptingPrompt(mark)),
        ...Array.from({ length: mostContradictions(offered) }, () => contradictingPrompt()),
        ...Array.from({ length: mostBatchCalls }, () => batchPrompt(allOfBatch, mark)),
        ...Array.from({ length: topLogprobs > 0 ? mostReadoutCalls : 0 }, () => readoutProbe(mark)),
      ])
      return asksToDecide(decisions) ? addCounts(text, oneDecision) : text
    }
    case 'decision':
      return oneDecision
    case 'ner':
      return countOf(offered.map(() => namesPrompt()))
    default:
      return assertNever(type)
  }
}

/** The longest of the questions that a probe asks one of. */
const oneDecision: Count = {
  calls: 1,
  tokens: { input: Math.ceil(JSON.stringify(tinyDecision('', {}, true)).length / 4), output: 0 },
}

function addCounts(one: Count, other: Count): Count {
  const { input, output } = one.tokens
  return {
    calls: one.calls + other.calls,
    tokens: { input: input + other.tokens.input, output: output + other.tokens.output },
  }
}

function countOf(prompts: readonly ProbePrompt[]): Count {
  const characters = prompts.map(({ system, prompt, schema }) => (system + prompt + JSON.stringify(schema)).length)
  const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0)
  const tokens = {
    input: Math.ceil(sum(characters) / 4),
    output: sum(prompts.map(({ maxOutputTokens }) => maxOutputTokens)),
  }
  return { calls: prompts.length, tokens }
}

function describeSent({ provider, endpoint }: OpenProvider, test: PlannedTest, calls: number): LocalizableMessage {
  if (endpoint === null) return localizable('Nothing is sent: "{0}" works inside this program.', provider)
  const { model, type, probe, offered } = test
  if (model === null) return localizable('{0} is asked which models it has. No model is called.', endpoint)
  if (type === 'embedding')
    return localizable(
      'One made-up sentence is sent to the model "{0}" at {1}, to measure its vector.',
      model,
      endpoint,
    )
  if (type === 'decision')
    return localizable('One made-up sentence is sent to the model "{0}" at {1}, with one question.', model, endpoint)
  if (type === 'ner')
    return localizable(
      'One made-up sentence is sent to the model "{0}" at {1}, for the names in it. It is sent again, up to {2} times in all, if the way of asking is refused.',
      ...[model, endpoint, calls],
    )
  if (!probe) {
    return offered.length > 1
      ? localizable(
          'One made-up sentence is sent to the model "{0}" at {1}, to be sorted into two categories. It is sent again, up to {2} times in all, if the way of asking is refused.',
          ...[model, endpoint, calls],
        )
      : localizable(
          'One made-up sentence is sent to the model "{0}" at {1}, to be sorted into two categories.',
          model,
          endpoint,
        )
  }
  return describeProbe([calls, model, endpoint], {
    contradicts: offered.some(isStrict),
    decides: asksToDecide(test.decisions),
  })
}

/** Whether a probe of a model that writes also finds out if it decides. */
function asksToDecide({ limits, isUnlisted }: PlannedTest['decisions']): boolean {
  return limits !== null && isUnlisted
}

/** `place`: calls, model and endpoint. */
function describeProbe(
  place: readonly (string | number)[],
  { contradicts, decides }: { contradicts: boolean; decides: boolean },
): LocalizableMessage {
  if (decides) {
    return contradicts
      ? localizable(
          'At most {0} small calls go to the model "{1}" at {2}: up to 40 made-up sentences to be sorted into two categories, a question that contradicts the schema, and a question to be decided on. Nothing of yours is sent. A model that thinks adds its thinking to the tokens.',
          ...place,
        )
      : localizable(
          'At most {0} small calls go to the model "{1}" at {2}: up to 40 made-up sentences to be sorted into two categories, and a question to be decided on. Nothing of yours is sent. A model that thinks adds its thinking to the tokens.',
          ...place,
        )
  }
  return contradicts
    ? localizable(
        'At most {0} small calls go to the model "{1}" at {2}: up to 40 made-up sentences to be sorted into two categories, and a question that contradicts the schema. Nothing of yours is sent. A model that thinks adds its thinking to the tokens.',
        ...place,
      )
    : localizable(
        'At most {0} small calls go to the model "{1}" at {2}: up to 40 made-up sentences to be sorted into two categories. Nothing of yours is sent. A model that thinks adds its thinking to the tokens.',
        ...place,
      )
}
