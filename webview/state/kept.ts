import { useState } from 'preact/hooks'
import * as z from 'zod'
import { usePanel } from './panelContext.ts'

/** What the editor keeps for the page while it is hidden, reloaded or restored. Never a key: the page has none. */
export interface StateKeeper {
  getState(): unknown
  setState(state: unknown): void
}

export type Kept = ReturnType<typeof createKept>

const KeptState = z.record(z.string(), z.json())

/** Named values that outlive the page. What an older version kept in another shape counts as nothing. */
export function createKept(keeper: StateKeeper) {
  let state = KeptState.safeParse(keeper.getState()).data ?? {}
  return {
    read<Value>(name: string, schema: z.ZodType<Value>): Value | undefined {
      return schema.safeParse(state[name]).data
    },
    /** Undefined forgets it. */
    write(name: string, value: z.core.util.JSONType | undefined) {
      const { [name]: _, ...others } = state
      state = value === undefined ? others : { ...others, [name]: value }
      keeper.setState(state)
    },
  }
}

type Keep<Value> = [value: Value, keep: (value: Value | undefined) => void]

/** As `useState`, and kept by its name: filters, what is open, half-filled forms. Undefined forgets it: `initial` counts. */
export function useKept<Value extends z.core.util.JSONType>(
  name: string,
  schema: z.ZodType<Value>,
  initial: Value,
): Keep<Value> {
  return useKeptIn(usePanel().kept, name, schema, initial)
}

export function useKeptIn<Value extends z.core.util.JSONType>(
  kept: Kept,
  name: string,
  schema: z.ZodType<Value>,
  initial: Value,
): Keep<Value> {
  const [value, setValue] = useState<Value>(() => kept.read(name, schema) ?? initial)
  return [
    value,
    (next) => {
      kept.write(name, next)
      setValue(() => next ?? initial)
    },
  ]
}
