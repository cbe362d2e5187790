import type { ChoiceQuestion } from '../../protocol/decisions.ts'
import type { ProbeFindings } from '../../protocol/models.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { ReadoutProblem } from '../../protocol/reasons.ts'
import type { Usage } from '../../protocol/results.ts'
import { bands } from '../domain/prompts.ts'
import { isBlankFirst, readLabels, readoutPrompt, readoutSystem } from '../domain/readout.ts'
import type { Completion, CompletionRequest } from '../providers/adapter.ts'
import { type ProbePorts, requestOf } from './probeCalls.ts'
import { easyText, type ProbePrompt, probeWork } from './probeItems.ts'

/** Some services give no more, and refuse a call that wishes for more. */
const fewTopLogprobs = 5
export const mostReadoutCalls = 2

type Measured = Pick<ProbeFindings, 'readout' | 'readoutProblem'> & { calls: number; usages: readonly Usage[] }

/** One question that is easy: each answer but the first is plainly wrong. */
const question: ChoiceQuestion = {
  type: 'choice',
  name: 'category',
  instructions: 'Which of the categories is the text mainly about?',
  options: [
    { name: 'Fruit', description: 'Fruit and what is made of it' },
    { name: 'Animal', description: 'Animals' },
    { name: 'None of these', description: 'The text is about something else' },
  ],
}

/** What is sent, as it is sent by a run. */
export function readoutProbe(mark: string): ProbePrompt {
  return {
    system: readoutSystem([question]),
    prompt: readoutPrompt(easyText, question, { mark, order: 'forth', isKnown: true }),
    schema: {},
    schemaName: 'label',
    maxOutputTokens: 1,
    work: probeWork(1),
  }
}

/**
 * Whether decisions can be read out of a model: by one small question, and once more with a smaller wish where the first was refused.
 * Fails with what would have been in the way of any call. An answer that shows nothing leaves it unmeasured.
 */
export async function measureReadout(ports: ProbePorts): Promise<Outcome<Measured>> {
  if (ports.topLogprobs === 0) return succeed({ readout: null, readoutProblem: 'no_logprobs', calls: 0, usages: [] })
  const usages: Usage[] = []
  let calls = 0
  for (const topLogprobs of new Set([ports.topLogprobs, fewTopLogprobs])) {
    calls++
    const answer = await ports.complete(requestFor(ports, topLogprobs))
    if (answer.ok) {
      usages.push(answer.value.usage)
      return succeed({ ...readFindings(answer.value, topLogprobs), calls, usages })
    }
    const { reason } = answer
    if (reason.code !== 'invalid_response') return answer
    if (reason.problem !== 'rejected_request') return succeed({ calls, usages })
  }
  return succeed({ ...not('no_logprobs'), calls, usages })
}

function requestFor({ model, parameters, drawMark }: ProbePorts, topLogprobs: number): CompletionRequest {
  return { ...requestOf(readoutProbe(drawMark()), { model, parameters, mode: 'text', thinking: false }), topLogprobs }
}

function readFindings(
  { text, logprobs, hasThought }: Completion,
  wished: number,
): Pick<ProbeFindings, 'readout' | 'readoutProblem'> {
  if (logprobs === undefined) {
    if (hasThought) return not('thinks')
    // Half a character, of which some servers give no probability: nothing is known.
    return text === '' || text.includes('\uFFFD') ? {} : not('no_logprobs')
  }
  const reading = readLabels(logprobs, question)
  if (hasThought || beginsToThink(logprobs)) return not('thinks')
  const labels = Math.min(logprobs.length, wished)
  if (labels < bands.length) return not('too_few')
  if (reading === null || isBlankFirst(logprobs, reading)) return not('label_tokens')
  return { readout: { labels, labelMass: Math.round(reading.mass * 1000) / 1000 } }
}

function not(readoutProblem: ReadoutProblem): Pick<ProbeFindings, 'readout' | 'readoutProblem'> {
  return { readout: null, readoutProblem }
}

/** The mark that opens a thought, or the channel of one, as the most probable token. */
function beginsToThink([first]: NonNullable<Completion['logprobs']>): boolean {
  return first !== undefined && /^<\|?\/?(think|channel|reason)/i.test(first.token.trim())
}
