import type { Reason } from '../../protocol/reasons.ts'

export type Unanswered = { kind: 'reading' } | { kind: 'failed'; reason: Reason }
/** What the server was asked for. */
export type Answer<Value> = Unanswered | { kind: 'there'; value: Value }

type Values<Answers> = { [Name in keyof Answers]: Answers[Name] extends Answer<infer Value> ? Value : never }

/** Several answers as one: failed where one of them is, there when all are. */
export function allAnswered<Answers extends Record<string, Answer<unknown>>>(
  answers: Answers,
): Answer<Values<Answers>> {
  const values: Record<string, unknown> = {}
  let isReading = false
  for (const [name, answer] of Object.entries(answers)) {
    if (answer.kind === 'failed') return answer
    if (answer.kind === 'reading') isReading = true
    else values[name] = answer.value
  }
  return isReading ? { kind: 'reading' } : { kind: 'there', value: values as Values<Answers> }
}
