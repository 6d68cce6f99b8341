{{- /* A role's Deployment and its disruption budget: (dict "root" $ "role" "query").
Services of the namespace are kept out of the environment (enableServiceLinks): a variable such as
EYRIE_PROXY_SERVICE_HOST would be taken for a setting. */}}
{{- define "eyrie.component" }}
{{- $root := .root }}
{{- $role := .role }}
{{- $values := index $root.Values $role }}
{{- $name := printf "%s-%s" (include "eyrie.name" $root) $role }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "eyrie.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $role }}
spec:
  replicas: {{ $values.replicas }}
  strategy:
    type: RollingUpdate
    rollingUpdate: {maxSurge: 1, maxUnavailable: 0}
  selector:
    matchLabels:
      {{- include "eyrie.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $role }}
  template:
    metadata:
      labels:
        {{- include "eyrie.labels" $root | nindent 8 }}
        app.kubernetes.io/component: {{ $role }}
      annotations:
        checksum/settings: {{ include (print $root.Template.BasePath "/configmap.yaml") $root | sha256sum }}
        checksum/credentials: {{ include (print $root.Template.BasePath "/secret.yaml") $root | sha256sum }}
        {{- if $root.Values.http.enabled }}
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ $root.Values.http.port | quote }}
        prometheus.io/path: /metrics
        {{- end }}
    spec:
      {{- include "eyrie.pod" . | trim | nindent 6 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ $name }}
  namespace: {{ $root.Release.Namespace }}
  labels:
    {{- include "eyrie.labels" $root | nindent 4 }}
    app.kubernetes.io/component: {{ $role }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      {{- include "eyrie.selector" $root | nindent 6 }}
      app.kubernetes.io/component: {{ $role }}
{{- end }}
