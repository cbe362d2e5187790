import { Buffer } from 'node:buffer'
import { createHash } from 'node:crypto'
import { gunzipSync, gzipSync } from 'node:zlib'
import * as z from 'zod'
import { LearnedFacts } from '../../protocol/learned.ts'
import type { CompactModel } from '../domain/cascade/compactModel.ts'

const Category = z.object({ name: z.string(), parent: z.string().nullable() })

const Header = z.object({
  formatVersion: z.literal(1),
  facts: LearnedFacts.omit({ bytes: true, newLabels: true }),
  categories: z.array(Category),
  /** What can be answered, each as the places of its categories. Empty: nothing fits. */
  answers: z.array(z.array(z.int().nonnegative())).min(2).max(65_536),
  terms: z.int().nonnegative(),
  examples: z.int().nonnegative(),
})

/**
 * What was said of a text that it was learned from (`label`), and what it said itself before it had seen it. `mark`: the first 32 bits of the
 * text's SHA-256, and the next.
 */
export interface SeenExample {
  mark: readonly [number, number]
  label: number
  answer: number
  probability: number
}

export interface LearnedFile extends Omit<z.infer<typeof Header>, 'formatVersion' | 'terms' | 'examples'> {
  model: CompactModel
  seen: readonly SeenExample[]
}

/** The checksum of all that follows, a line of JSON, and the packed numbers: little-endian, as every machine has them that runs this. */
export function packLearned({ model, seen, ...rest }: LearnedFile): Buffer {
  const header = { formatVersion: 1 as const, ...rest, terms: model.terms.length, examples: seen.length }
  const marks = Uint32Array.from(seen.flatMap(({ mark }) => mark))
  const labels = Uint32Array.from(seen, ({ label }) => label)
  const answers = Uint32Array.from(seen, ({ answer }) => answer)
  const probabilities = Float32Array.from(seen, ({ probability }) => probability)
  const columns = [
    model.terms,
    model.idf,
    model.bias,
    model.steps,
    marks,
    labels,
    answers,
    probabilities,
    model.weights,
  ]
  const numbers = gzipSync(Buffer.concat(columns.map((column) => bytesOf(column))))
  const content = Buffer.concat([Buffer.from(`${JSON.stringify(header)}\n`), numbers])
  return Buffer.concat([Buffer.from(`${checksumOf(content)}\n`), content])
}

/** Null: it is not as it was written, or of a version that is not known here. */
export function unpackLearned(bytes: Buffer): LearnedFile | null {
  const content = bytes.subarray(65)
  if (bytes.toString('latin1', 0, 65) !== `${checksumOf(content)}\n`) return null
  const end = content.indexOf(0x0a)
  const header = Header.safeParse(parseJson(content.toString('utf8', 0, end))).data
  if (!header) return null
  const { formatVersion: _, terms, examples, ...rest } = header
  const classes = header.answers.length
  const numbers = gunzipSync(content.subarray(end + 1))
  let at = 0
  const next = (size: number): ArrayBuffer => {
    const part = numbers.buffer.slice(numbers.byteOffset + at, numbers.byteOffset + at + size) as ArrayBuffer
    at += size
    return part
  }
  const model = {
    terms: new Uint32Array(next(4 * terms)),
    idf: new Float32Array(next(4 * terms)),
    bias: new Float32Array(next(4 * classes)),
    steps: new Float32Array(next(4 * classes)),
  }
  const marks = new Uint32Array(next(8 * examples))
  const labels = new Uint32Array(next(4 * examples))
  const answers = new Uint32Array(next(4 * examples))
  const probabilities = new Float32Array(next(4 * examples))
  const seen = Array.from(answers, (answer, nth) => ({
    ...{ answer, label: labels[nth] as number, probability: probabilities[nth] as number },
    mark: [marks[2 * nth] as number, marks[2 * nth + 1] as number] as const,
  }))
  return { ...rest, seen, model: { ...model, weights: new Int8Array(next(terms * classes)) } }
}

function bytesOf(column: Uint32Array | Float32Array | Int8Array): Buffer {
  return Buffer.from(column.buffer, column.byteOffset, column.byteLength)
}

function checksumOf(content: Buffer): string {
  return createHash('sha256').update(content).digest('hex')
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return null
  }
}
