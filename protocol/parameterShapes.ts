import * as z from 'zod'
import {
  DecisionParameters,
  EmbeddingParameters,
  GenerationParameters,
  type ModelType,
  NerParameters,
} from './models.ts'
import { isRecord } from './names.ts'
import { RouteOptions } from './routing.ts'

/** What one parameter of a registered model, or one option of a route, may be, read from the schema that checks it: a form has no figures of its own. */
export interface ParameterShape {
  name: string
  /** `choice`: one of `values`, in which yes and no are `true` and `false`. `list`: texts, see `listOfText`; `json`: an object, as it is written. */
  type: 'integer' | 'number' | 'choice' | 'list' | 'text' | 'json'
  values: readonly string[]
  /** Both included. */
  minimum?: number
  maximum?: number
}

const shapes: Record<ModelType, Readonly<Record<string, z.ZodType>>> = {
  generation: GenerationParameters.shape,
  embedding: EmbeddingParameters.shape,
  decision: DecisionParameters.shape,
  ner: NerParameters.shape,
}

/** The named parameters of a type, in their order; names that this version of the contract does not know are left out. */
export function parameterShapes(type: ModelType, names: readonly string[]): ParameterShape[] {
  return names.flatMap((name) => {
    const schema = Object.hasOwn(shapes[type], name) ? shapes[type][name] : undefined
    return schema ? [shapeOf(name, schema)] : []
  })
}

/** What a route may say beyond provider and model; its fallbacks are no fields but other choices of both. */
export function routeOptionShapes(): ParameterShape[] {
  const { fallback: _, fallbacks: __, ...options } = RouteOptions.shape
  return Object.entries(options).map(([name, schema]) => shapeOf(name, schema))
}

/** The words of a form as the parameters they stand for; numbers are numbers already. */
export function parametersOfForm(
  shapes: readonly ParameterShape[],
  values: Readonly<Record<string, z.core.util.JSONType>>,
): Record<string, z.core.util.JSONType> {
  const types = new Map(shapes.map(({ name, type }) => [name, type]))
  const read = (name: string, value: z.core.util.JSONType) => {
    const type = types.get(name)
    if (type === 'list' && typeof value === 'string') return listOfText(value)
    if (type === 'json' && typeof value === 'string') return objectOfText(value) ?? value
    return type === 'choice' && (value === 'true' || value === 'false') ? value === 'true' : value
  }
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, read(name, value)]))
}

/** A list as it is typed: texts between commas, with `\n` and `\t` for what no field of one line takes. */
export function listOfText(text: string): string[] {
  return text
    .split(',')
    .map((each) => each.trim().replace(/\\[nt]/g, (mark) => (mark === '\\n' ? '\n' : '\t')))
    .filter((each) => each !== '')
}

/** Undefined: it is no JSON object. */
export function objectOfText(text: string): Record<string, z.core.util.JSONType> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return isRecord(value) ? (value as Record<string, z.core.util.JSONType>) : undefined
  } catch {
    return undefined
  }
}

/** The other way round, for what is shown to be changed. */
export function textOfList(list: readonly unknown[]): string {
  return list.map((each) => String(each).replaceAll('\n', '\\n').replaceAll('\t', '\\t')).join(', ')
}

function shapeOf(name: string, schema: z.ZodType): ParameterShape {
  const inner = schema instanceof z.ZodOptional ? schema.unwrap() : schema
  if (inner instanceof z.ZodString) return { name, type: 'text', values: [] }
  if (inner instanceof z.ZodRecord) return { name, type: 'json', values: [] }
  if (inner instanceof z.ZodArray) return { name, type: 'list', values: [] }
  if (!(inner instanceof z.ZodNumber)) return { name, type: 'choice', values: valuesOf(inner) }
  const { minValue, maxValue, isInt } = inner
  return {
    ...{ name, type: isInt ? 'integer' : 'number', values: [] },
    ...(minValue === null ? {} : { minimum: minValue }),
    ...(maxValue === null ? {} : { maximum: maxValue }),
  }
}

function valuesOf(schema: unknown): string[] {
  if (schema instanceof z.ZodBoolean) return ['true', 'false']
  if (schema instanceof z.ZodEnum) return schema.options.map(String)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(valuesOf)
  throw new Error('a parameter of a kind that no form can show')
}
