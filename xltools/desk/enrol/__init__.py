"""Enrolling (收件): what the districts send, admitted, kept, or given back."""
