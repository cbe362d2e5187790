type Environment = Record<string, string>

/**
 * The editor's own settings of proxies and certificates, as the variables that a process of its own knows. What the environment says
 * already goes before. Certificates are always checked: `http.proxyStrictSSL` is not handed on.
 */
export function networkVariables(
  environment: Readonly<Record<string, string | undefined>>,
  /** The editor's settings under `http`. */
  settings: { get(name: string): unknown },
): Environment {
  return { ...proxyVariables(environment, settings), ...certificateVariables(environment, settings) }
}

function proxyVariables(
  environment: Readonly<Record<string, string | undefined>>,
  settings: { get(name: string): unknown },
): Environment {
  const proxy = settings.get('proxy')
  if (typeof proxy !== 'string' || proxy.trim() === '' || settings.get('proxySupport') === 'off') return {}
  const names = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy']
  if (names.some((name) => environment[name])) return {}
  const exceptions = settings.get('noProxy')
  const hosts = Array.isArray(exceptions) ? exceptions.filter((host) => typeof host === 'string') : []
  const isSaid = environment.NO_PROXY || environment.no_proxy || hosts.length === 0
  return { HTTP_PROXY: proxy.trim(), HTTPS_PROXY: proxy.trim(), ...(isSaid ? {} : { NO_PROXY: hosts.join(',') }) }
}

function certificateVariables(
  environment: Readonly<Record<string, string | undefined>>,
  settings: { get(name: string): unknown },
): Environment {
  const isSaid = environment.NODE_USE_SYSTEM_CA !== undefined
  return isSaid || settings.get('systemCertificates') === false ? {} : { NODE_USE_SYSTEM_CA: '1' }
}
