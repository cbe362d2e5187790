import { expect, test } from 'vitest'
import { networkVariables } from '../../../client/connection/networkSettings.ts'

const settings = (values: Record<string, unknown>) => ({ get: (name: string) => values[name] })
const proxy = 'http://proxy.example:3128'

test.each<[name: string, environment: Record<string, string>, values: Record<string, unknown>, expected: object]>([
  ['nothing set', {}, {}, { NODE_USE_SYSTEM_CA: '1' }],
  ['no certificates of the system', {}, { systemCertificates: false }, {}],
  ['certificates by the environment', { NODE_USE_SYSTEM_CA: '0' }, { systemCertificates: true }, {}],
  ['a proxy', {}, { proxy, systemCertificates: false }, { HTTP_PROXY: proxy, HTTPS_PROXY: proxy }],
  [
    'a proxy with exceptions',
    {},
    { proxy, noProxy: ['*.example', 'box'], systemCertificates: false },
    { HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: '*.example,box' },
  ],
  ['a proxy that is switched off', {}, { proxy, proxySupport: 'off', systemCertificates: false }, {}],
  ['a proxy by the environment', { https_proxy: 'http://other:1' }, { proxy, systemCertificates: false }, {}],
  ['what is no proxy', {}, { proxy: 7, noProxy: 'x', systemCertificates: false }, {}],
])('%s', (_, environment, values, expected) => {
  expect(networkVariables(environment, settings(values))).toEqual(expected)
})
