import * as z from 'zod'
import { baseUrlField } from './endpointRules.ts'
import { keyFields } from './keyRules.ts'

/** The settings of a hosted service: its well-known address, which a gateway of one's own may replace, and the key's. */
export function hostedConfig(defaultEndpoint: string, where = 'Where the API is, version included.') {
  return z.strictObject({
    base_url: baseUrlField('inside')
      .default(defaultEndpoint)
      .meta({
        title: 'Base URL',
        description: `${where} Change it only for a gateway of your own.`,
      }),
    ...keyFields,
  })
}
