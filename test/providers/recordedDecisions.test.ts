import { readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { DecisionQuestion } from '../../protocol/decisions.ts'
import { wireKeys } from '../../server/providers/decisionWire.ts'
import { useHarness } from '../support/providers/harness.ts'
import { type RecordedAnswer, recorded, replay } from '../support/providers/recordedBodies.ts'

// Every answer about questions that was recorded of two real servers. Where it holds the questions as they were asked, options had names
// of their own: ours are called by keys, so the answers are told in these.
const harness = useHarness()

const servers = ['systemone-llama-cpp', 'systemone-sparrow']
const cases = servers.flatMap((server) =>
  readdirSync(new URL(`../fixtures/providers/${server}/`, import.meta.url))
    .map((file) => file.replace('.json', ''))
    .filter((name) => !name.includes('models'))
    .map((name): [string, string] => [server, name]),
)

interface AskedOnce extends RecordedAnswer {
  questions?: Record<string, { type: string; instructions?: string; criteria?: unknown }>
}
interface Answered {
  type: string
  choice?: string
  probabilities?: Record<string, number>
}

const kindOfItem: DecisionQuestion = {
  type: 'choice',
  name: 'cat',
  instructions: 'Which label fits the item?',
  options: ['Bug Report', 'Feature Request', 'Question', 'None of these'].map((name) => ({ name })),
}
const levels = ['clearly unwanted', 'hardly', 'somewhat', 'interesting', 'excellent']
/** Of what was recorded without its questions. */
const known: Record<string, DecisionQuestion[]> = {
  'both-tasks': [
    kindOfItem,
    { type: 'score', name: 'interest', instructions: 'How interesting?', levels },
    { type: 'score', name: 'quality', instructions: 'How well written?', levels },
  ],
  'yes-no': [{ type: 'predicate', name: 'u', instructions: 'Is it urgent?' }],
}

/** As we would ask it; null: we ask nothing like it. */
function questionOf(name: string, asked: NonNullable<AskedOnce['questions']>[string]): DecisionQuestion | null {
  const { type, instructions = 'Is it so?', criteria } = asked
  if (type === 'noul') return { type: 'predicate', name, instructions }
  if (type !== 'choice' || typeof criteria !== 'object' || criteria === null) return null
  const options = Object.keys(criteria).map((option) => ({ name: option }))
  return options.length < 2 ? null : { type, name, instructions, options }
}

function questionsFor(name: string, { questions = {} }: AskedOnce): DecisionQuestion[] {
  const asked = Object.entries(questions).map(([id, question]) => questionOf(id, question))
  const own = asked.filter((question) => question !== null)
  return own.length > 0 && own.length === asked.length ? own : (known[name] ?? [kindOfItem])
}

/** The answer as it would be with our keys. */
function withOurKeys(answer: AskedOnce, questions: readonly DecisionQuestion[]): RecordedAnswer {
  const { answers } = answer.body as { answers?: Record<string, Answered> }
  if (answers === undefined || answer.questions === undefined) return answer
  const renamed = Object.entries(answers).map(([id, said]) => [
    id,
    rename(
      said,
      questions.find(({ name }) => name === id),
    ),
  ])
  return { ...answer, body: { ...(answer.body as object), answers: Object.fromEntries(renamed) } }
}

function rename(said: Answered, question: DecisionQuestion | undefined): Answered {
  if (question?.type !== 'choice' || said.choice === undefined) return said
  const names = question.options.map(({ name }) => name)
  const keys = wireKeys(names, { fallback: 'option', isPlain: false })
  const keyOf = (name: string): string => keys[names.indexOf(name)] ?? name
  const probabilities = Object.entries(said.probabilities ?? {}).map(([name, figure]) => [keyOf(name), figure])
  return { ...said, choice: keyOf(said.choice), probabilities: Object.fromEntries(probabilities) }
}

const isMissing = { code: 'invalid_response', problem: 'schema' }
const isRefused = { code: 'invalid_response', problem: 'rejected_request' }
/** All others are answered, and the answer passes. */
const failures: Record<string, object> = {
  'systemone-llama-cpp not-a-decision-model': { code: 'ask_unsupported', why: 'model' },
  'systemone-llama-cpp state-too-long': { code: 'context_too_long', limitTokens: 4096 },
  'systemone-llama-cpp one-option': isMissing,
  'systemone-sparrow questions-empty': isMissing,
}

describe('what was recorded of real servers', () => {
  it.each(cases)('%s: %s', async (server, name) => {
    const answer: AskedOnce = recorded(server, name)
    const questions = questionsFor(name, answer)
    harness.server.play((response) => replay(withOurKeys(answer, questions), response))
    const outcome = await harness.decide('openai-compatible', { model: 'decider', input: 'An item.', questions })
    const failure = failures[`${server} ${name}`] ?? (answer.status === 200 ? null : isRefused)
    if (failure !== null) {
      expect(outcome).toMatchObject({ ok: false, reason: failure })
      return
    }
    const { answers } = answer.body as { answers: Record<string, Answered> }
    const said = Object.values(answers).map(({ type }) => (type === 'noul' ? 'predicate' : type))
    expect(outcome.ok && outcome.value.answers.map(({ type }) => type)).toEqual(said)
    for (const given of outcome.ok ? outcome.value.answers : []) {
      if (given.type !== 'choice' || answer.questions === undefined) continue
      const { choice, probabilities } = answers[given.name] ?? {}
      expect(given).toMatchObject({ choice, probabilities })
    }
  })

  it('is all there', () => {
    expect(cases.length).toBe(37)
  })
})
