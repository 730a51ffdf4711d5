{{/* tileserve.toml of one server. Use: include "foodmap.serverConfig" (dict "root" $ "server" …) */}}
{{- define "foodmap.serverConfig" -}}
{{- with .server -}}
store = {{ $.root.Values.store.url | toJson }}
admin_listen = "0.0.0.0:8081"
serve_internal = {{ .serveInternal }}
page_origins = {{ .pageOrigins | toJson }}
{{- if .pageConfig }}
page_config = "/etc/foodmap/config.json"
{{- end }}
{{- $publicUrl := .publicUrl }}
{{- if and (not $publicUrl) .ingress.enabled }}
{{- $publicUrl = printf "https://%s" .ingress.host }}
{{- end }}
{{- if $publicUrl }}
public_url = {{ $publicUrl | toJson }}
{{- end }}
cors_origins = {{ .corsOrigins | toJson }}
{{- $hosts := .allowedHosts }}
{{- if .ingress.host }}
{{- $hosts = append $hosts .ingress.host }}
{{- end }}
allowed_hosts = {{ $hosts | uniq | toJson }}
surrogate_key_headers = {{ .surrogateKeyHeaders | toJson }}
memory_mb = {{ int64 .memoryMb }}
tile_cache_mb = {{ int64 .tileCacheMb }}
{{- if .diskCacheMb }}
disk_cache = "/var/cache/foodmap"
disk_cache_mb = {{ int64 .diskCacheMb }}
{{- end }}

[timeouts]
shutdown_delay_seconds = {{ .shutdownDelaySeconds }}
drain_timeout_seconds = {{ .drainTimeoutSeconds }}

[limits]
requests_per_second = {{ .requestsPerSecond }}
burst = {{ .burst }}
trusted_hops = {{ int64 .trustedHops }}
max_connections_per_client = {{ int64 .maxConnectionsPerClient }}
{{- if or .accessSecretName .login.enabled }}

[access]
{{- if .accessSecretName }}
{{- range .accessFiles }}
{{ . | replace "-" "_" }} = "/run/secrets/foodmap/{{ . }}"
{{- end }}
{{- end }}
{{- end }}
{{- with .login }}
{{- if .enabled }}
{{- with .contact }}
contact = {{ . | toJson }}
{{- end }}

[access.proxy]
addresses = {{ .proxyAddresses | toJson }}
sign_out = {{ .signOutUrl | toJson }}
{{- range $name, $role := .roles }}

[access.roles.{{ $name }}]
{{- range $key, $value := $role }}
{{ $key }} = {{ $value | toJson }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{ end }}
{{- end }}

{{/* The service account of a server: one that shows no internal layers cannot read them. Use: include "foodmap.serverAccount" $server */}}
{{- define "foodmap.serverAccount" -}}
{{- $shows := or .serveInternal .login.enabled }}
{{- if .accessSecretName }}
{{- $shows = or $shows (has "tokens" .accessFiles) (has "signing-keys" .accessFiles) }}
{{- end }}
{{- ternary "server" "public-server" $shows }}
{{- end }}

{{/* Annotations by which ingress-nginx asks oauth2-proxy who a person is. Use: include "foodmap.loginAnnotations" $server.login */}}
{{- define "foodmap.loginAnnotations" -}}
{{- if .enabled }}
nginx.ingress.kubernetes.io/auth-url: {{ .authUrl | quote }}
nginx.ingress.kubernetes.io/auth-signin: {{ .signInUrl | quote }}
# nginx sets these headers from the response of oauth2-proxy, so it replaces those of a client.
nginx.ingress.kubernetes.io/auth-response-headers: X-Auth-Request-Email,X-Auth-Request-Groups
{{- end }}
{{- end }}
