' Opening the workbook: what the worksheet functions are for, and a warning where Python could not be reached.
' Nothing here may disturb anybody: whatever fails is passed over. This source is ASCII, so the texts stand on the
' hidden sheet xlwings.conf from D1 on: a name, its text, and for a function the texts of its arguments.
Option Explicit

Private Const TEXTS As String = "xlwings.conf"
Private Const FIRST_COLUMN As Long = 4
Private Const MOST_ROWS As Long = 200
Private Const MOST_ARGUMENTS As Long = 20

Private Sub Workbook_Open()
    On Error Resume Next
    Dim untouched As Boolean
    untouched = Me.Saved
    DescribeFunctions
    Me.Saved = untouched
    If InStr(Me.FullName, "://") > 0 And Named("online") <> "" Then MsgBox Named("online"), vbExclamation
End Sub

Private Sub DescribeFunctions()
    On Error Resume Next
    Dim category As String
    Dim place As Long
    category = Named("category")
    For place = 1 To MOST_ROWS
        If Cell(place, 0) = "" Then Exit For
        If Left(Cell(place, 0), 3) = "XT_" Then Describe place, category
    Next place
End Sub

Private Sub Describe(ByVal place As Long, ByVal category As String)
    On Error Resume Next
    Dim about() As String
    Dim known As Long
    Dim macro As String
    macro = "'" & Replace(Me.Name, "'", "''") & "'!" & Cell(place, 0)
    Do While known < MOST_ARGUMENTS And Cell(place, 2 + known) <> ""
        ReDim Preserve about(known)
        about(known) = Cell(place, 2 + known)
        known = known + 1
    Loop
    If known = 0 Then
        Application.MacroOptions macro:=macro, Description:=Cell(place, 1), category:=category
    Else
        Application.MacroOptions macro:=macro, Description:=Cell(place, 1), category:=category, _
            ArgumentDescriptions:=about
    End If
End Sub

Public Function Named(ByVal key As String) As String
    On Error Resume Next
    Dim place As Long
    For place = 1 To MOST_ROWS
        If Cell(place, 0) = "" Then Exit For
        If Cell(place, 0) = key Then Named = Cell(place, 1)
    Next place
End Function

Private Function Cell(ByVal place As Long, ByVal shift As Long) As String
    On Error Resume Next
    Cell = CStr(Me.Worksheets(TEXTS).Cells(place, FIRST_COLUMN + shift).Value)
End Function
