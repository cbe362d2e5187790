import * as z from 'zod'
import {
  DecisionParameters,
  EmbeddingParameters,
  GenerationParameters,
  type ModelType,
  NerParameters,
  Price,
} from '../../protocol/models.ts'
import { assertNever } from '../../protocol/names.ts'
import { type Outcome, succeed } from '../../protocol/outcome.ts'
import type { Problem } from '../../protocol/reasons.ts'
import { describeIssue, problemOfIssue } from '../../shared/describe/issue.ts'
import { fail } from '../../shared/fail.ts'
import { localizable, localizableText, withMessage } from '../../shared/message.ts'
import type { ProviderAdapter } from '../providers/adapter.ts'
import { generationParametersOf, nerParametersOf } from '../providers/supportedParameters.ts'

export type ParametersOf = {
  embedding: EmbeddingParameters
  generation: GenerationParameters
  decision: DecisionParameters
  ner: NerParameters
}

/** What a person says of a model: only what its type has, and what the kind supports. Problems carry their path. */
export function readParameters<Type extends ModelType>(
  { provider, adapter }: { provider: string; adapter: ProviderAdapter },
  type: Type,
  said: unknown,
): Outcome<ParametersOf[Type]> {
  const { schema, supported } = rulesOf(type, adapter)
  const parsed = schema.safeParse(said)
  const problems = parsed.success ? unsupported(parsed.data, supported, adapter) : problemsOf(parsed.error)
  if (problems.length > 0 || !parsed.success) return fail({ code: 'config_invalid', provider, problems })
  return succeed(parsed.data as ParametersOf[Type])
}

function rulesOf(type: ModelType, adapter: ProviderAdapter): { schema: z.ZodType; supported: readonly string[] } {
  const { capabilities } = adapter
  switch (type) {
    case 'embedding':
      return { schema: EmbeddingParameters, supported: capabilities.embeddingParameters ?? [] }
    case 'generation':
      return { schema: GenerationParameters, supported: generationParametersOf(adapter) }
    case 'decision':
      return { schema: DecisionParameters, supported: adapter.decide === undefined ? [] : ['timeout_seconds'] }
    case 'ner':
      return { schema: NerParameters, supported: nerParametersOf(adapter) }
    default:
      return assertNever(type)
  }
}

function unsupported(parameters: unknown, supported: readonly string[], adapter: ProviderAdapter): Problem[] {
  return Object.keys(parameters as object)
    .filter((name) => !supported.includes(name))
    .map((name) => ({
      path: pathOf(name),
      ...withMessage('message', localizable('{0} does not have this parameter', localizableText(adapter.label))),
    }))
}

function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.slice(0, 20).flatMap((issue) => {
    if (issue.code !== 'unrecognized_keys')
      return [{ path: pathOf(...issue.path), ...withMessage('message', describeIssue(issue)) }]
    return issue.keys.map((name) => ({ path: pathOf(...issue.path, name), message: 'there is no such parameter' }))
  })
}

/** A price as it was said, each problem with its path, `price.input`. Null and an empty one: none of one's own. */
export function readPrice(provider: string, said: unknown): Outcome<Price | null> {
  const parsed = z.object({ price: Price.nullable() }).safeParse({ price: said })
  if (parsed.success) {
    const { price } = parsed.data
    return succeed(price === null || Object.keys(price).length === 0 ? null : price)
  }
  const problems = parsed.error.issues.slice(0, 20).flatMap((issue) => problemOfIssue(issue, { price: said }))
  return fail({ code: 'config_invalid', provider, problems })
}

function pathOf(...parts: PropertyKey[]): string {
  return ['parameters', ...parts.map(String)].join('.')
}
