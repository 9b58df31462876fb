"""The Kubernetes manifests of all services, from what they declare: ``python -m deploy.manifests`` writes
``deploy/kubernetes/base``, a kustomize base of plain YAML, and ``deploy/kubernetes/meilisearch``, a component for it.

A process of most services answers and works (`demain serve SERVICE`): the autoscaler's second one stands by. Where many
are needed to answer (`serving.APART`) those that work are a Deployment of their own, so that a crowd of readers starts
no more consumers, and what works is not slowed down by them.
"""
