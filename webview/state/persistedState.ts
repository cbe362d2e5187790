import { useState } from 'preact/hooks'
import type * as z from 'zod'
import type { PageStorage } from '../host/pageStorage.ts'
import { usePanel } from './panelContext.ts'

type Persisted<Value> = [value: Value, persist: (value: Value | undefined) => void]

/** As `useState`, and stored by its name: filters, what is open, half-filled forms. Undefined removes it: `initial` counts. */
export function usePersistedState<Value extends z.core.util.JSONType>(
  name: string,
  schema: z.ZodType<Value>,
  initial: Value,
): Persisted<Value> {
  return useStateIn(usePanel().storage, name, schema, initial)
}

/** The same where the panel's context is not there yet. */
export function useStateIn<Value extends z.core.util.JSONType>(
  storage: PageStorage,
  name: string,
  schema: z.ZodType<Value>,
  initial: Value,
): Persisted<Value> {
  const [value, setValue] = useState<Value>(() => storage.read(name, schema) ?? initial)
  return [
    value,
    (next) => {
      storage.write(name, next)
      setValue(() => next ?? initial)
    },
  ]
}
