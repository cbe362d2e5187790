import { strict as assert } from 'node:assert'

/** One figure of a person's way beside what it may be at most, or for a share at least. */
interface Figure {
  way: string
  value: number
  limit: number
  unit: string
  isAtLeast: boolean
  /** Told, and never held to anything: it is the machine's. Null: nothing was waited for. */
  seconds: number | null
}

/** What a person's ways take, held to the limits as it is measured, and printed together in the end. */
export class Measured {
  readonly #figures: Figure[] = []

  /** `steps`: what was done, in words; a failure says all of them. */
  interactions(way: string, steps: readonly string[], limit: number, begun: number): void {
    const value = steps.length
    this.#add({ way, value, limit, unit: 'interactions', isAtLeast: false, seconds: secondsSince(begun) })
    assert.ok(value > 0 && value <= limit, `${way}: ${value} interactions, not ${limit}:\n${steps.join('\n')}`)
  }

  atMost(way: string, value: number, limit: number, unit: string): void {
    this.#add({ way, value, limit, unit, isAtLeast: false, seconds: null })
    assert.ok(value <= limit, `${way}: ${value} ${unit}, not ${limit}`)
  }

  atLeast(way: string, value: number, limit: number, unit: string): void {
    this.#add({ way, value, limit, unit, isAtLeast: true, seconds: null })
    assert.ok(value >= limit, `${way}: ${value} ${unit}, not ${limit}`)
  }

  /** Markdown. */
  table(): string {
    const rows = this.#figures.map(({ way, value, limit, unit, isAtLeast, seconds }) => [
      ...[way, `${value} ${unit}`, `${isAtLeast ? 'at least' : 'at most'} ${limit}`],
      seconds === null ? '' : seconds.toFixed(1),
    ])
    const head = ['way', 'measured', 'limit', 'seconds']
    return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
  }

  #add(figure: Figure): void {
    this.#figures.push(figure)
  }
}

function secondsSince(begun: number): number {
  return (performance.now() - begun) / 1000
}
