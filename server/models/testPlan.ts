import type { LocalizableMessage } from '../../protocol/localizableMessage.ts'
import type { ModelType, TestPlan } from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import type { OutputMode } from '../../protocol/routing.ts'
import { localizable, withMessage } from '../../shared/message.ts'
import { readOrigin } from '../domain/endpointOrigin.ts'
import type { OpenProvider } from '../providers/openProvider.ts'
import { isStrict, mostProbeCalls } from './probe.ts'
import { type KnownDecisions, tinyDecision } from './probeDecisions.ts'
import { contradictingPrompt, type ProbePrompt, temptingPrompt, tinyPrompt } from './probeItems.ts'

/** What is embedded by a test: nobody's text. */
export const testText = 'A short sentence to measure a vector by.'

export interface PlannedTest {
  /** Null: only the connection. */
  model: string | null
  type: ModelType
  probe: boolean
  offered: readonly OutputMode[]
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

function countCalls({ model, type, probe, offered, decisions }: PlannedTest): Count {
  if (model === null) return countOf([])
  switch (type) {
    case 'embedding':
      return { calls: 1, tokens: { input: Math.ceil(testText.length / 4), output: 0 } }
    case 'generation': {
      const mark = 'markmarkmark'
      if (!probe) return countOf(offered.map(() => tinyPrompt(mark)))
      const contradictions = mostProbeCalls(offered) - offered.length
      const text = countOf([
        ...offered.map(() => temptingPrompt(mark)),
        ...Array.from({ length: contradictions }, () => contradictingPrompt()),
      ])
      return decisions.limits === null || !decisions.isUnlisted ? text : addCounts(text, oneDecision)
    }
    case 'decision':
      return oneDecision
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
  if (endpoint === null) return localizable('Nothing leaves this program: "{0}" calls nobody.', provider)
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
  const place = [calls, model, endpoint]
  return offered.some(isStrict)
    ? localizable(
        'At most {0} small calls go to the model "{1}" at {2}: five made-up sentences to be sorted into two categories, and a question that contradicts the schema. Nothing of yours is sent. A model that thinks adds its thinking to the tokens.',
        ...place,
      )
    : localizable(
        'At most {0} small calls go to the model "{1}" at {2}: five made-up sentences to be sorted into two categories. Nothing of yours is sent. A model that thinks adds its thinking to the tokens.',
        ...place,
      )
}
