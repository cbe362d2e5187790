import * as z from 'zod'

/**
 * A sentence of the server, taken apart so that a surface can show it in another language: the English text with `{0}` for
 * each value, which may be a sentence itself. `one`: the text where the first value is 1. The names `text` and `one` of all of these
 * are in the editor's bundles.
 */
export interface LocalizableMessage {
  text: string
  values: (string | number | LocalizableMessage)[]
  one?: string | undefined
}
export const LocalizableMessage: z.ZodType<LocalizableMessage> = z.object({
  text: z.string().min(1),
  get values() {
    return z.array(z.union([z.string(), z.number(), LocalizableMessage]))
  },
  one: z.string().optional(),
})
