{{/* Values that need more than the limits of their pod are refused: the node would kill the pod at its busiest hour. */}}

{{/* A quantity in MiB, such as 1Gi, 768MiB or 4GB. */}}
{{- define "foodmap.mib" -}}
{{- $number := regexFind "^[0-9.]+" . | float64 -}}
{{- $unit := regexReplaceAll "^[0-9.]+" . "" -}}
{{- $kilo := 0.00095367431640625 -}}
{{- $units := dict "" 0.00000095367431640625 "k" $kilo "kB" $kilo "KB" $kilo "Ki" 0.0009765625 "KiB" 0.0009765625
  "MB" 0.95367431640625 "Mi" 1.0 "MiB" 1.0 "GB" 953.67431640625 "Gi" 1024.0 "GiB" 1024.0 "Ti" 1048576.0 -}}
{{- floor (mulf $number (get $units $unit)) | int64 -}}
{{- end }}

{{- define "foodmap.serverLimits" -}}
{{- with .server -}}
{{- $memory := include "foodmap.mib" .resources.limits.memory | int64 -}}
{{- $needed := add (mul 2 .memoryMb) .tileCacheMb 32 -}}
{{- if gt $needed $memory -}}
{{- fail (printf "servers.%s: memoryMb twice (the old and the new map), tileCacheMb and 32 are %d MiB, more than resources.limits.memory (%d MiB)" $.name $needed $memory) -}}
{{- end -}}
{{- if .diskCacheMb -}}
{{- $limit := index .resources.limits "ephemeral-storage" -}}
{{- if $limit -}}
{{- $disk := include "foodmap.mib" $limit | int64 -}}
{{- if gt (add .diskCacheMb 64) $disk -}}
{{- fail (printf "servers.%s: diskCacheMb and 64 are %d MiB, more than resources.limits.ephemeral-storage (%d MiB)" $.name (add .diskCacheMb 64) $disk) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}

{{- define "foodmap.jobLimits" -}}
{{- with .Values.jobs -}}
{{- $memory := include "foodmap.mib" .orders.resources.limits.memory | int64 -}}
{{- if gt (include "foodmap.mib" .orders.memory | int64) $memory -}}
{{- fail (printf "jobs.orders: memory (%s) is more than resources.limits.memory (%s)" .orders.memory .orders.resources.limits.memory) -}}
{{- end -}}
{{- with index .orders.resources.limits "ephemeral-storage" -}}
{{- if gt (include "foodmap.mib" $.Values.jobs.workSize | int64) (include "foodmap.mib" . | int64) -}}
{{- fail (printf "jobs.workSize (%s) is more than jobs.orders.resources.limits.ephemeral-storage (%s)" $.Values.jobs.workSize .) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
